"""What the data does not allow is refused before anything is changed, in previews too, with a query that shows it."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from infra.errors import RolloutError
from infra.models.base import Model
from infra.models.index import Index, IndexColumn
from infra.models.table import Check, Column, Table
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.samples import NOTES, PEOPLE, POLICY, TO_PEOPLE

UNIQUE = Index(table="notes", name="notes_one_each_key", columns=(IndexColumn(name="kind"),), unique=True)
LOOSE = NOTES.model_copy(
    update={
        "checks": (),
        "foreign_keys": (),
        "columns": tuple(column.model_copy(update={"nullable": column.name != "id"}) for column in NOTES.columns),
    }
)
ROWS = (
    "INSERT INTO public.notes (person_id, kind, score) VALUES"
    " (NULL, 'song', 1), (gen_random_uuid(), 'song', 101), (gen_random_uuid(), NULL, -1)"
)


def _table(**changes: Any) -> Table:
    return LOOSE.model_copy(update=changes)


def _column(name: str, **changes: Any) -> Table:
    columns = tuple(c.model_copy(update=changes) if c.name == name else c for c in LOOSE.columns)
    return LOOSE.model_copy(update={"columns": columns})


DATA: list[tuple[str, Model, int]] = [
    ("two rows alike under a unique index", UNIQUE, 1),
    ("a required column with nulls", _column("person_id", nullable=False), 1),
    (
        "a check that rows break",
        _table(checks=(Check(name="notes_score_check", expression="score BETWEEN 0 AND 100"),)),
        2,
    ),
    ("orphans of a foreign key", _table(foreign_keys=(TO_PEOPLE,)), 2),
]


def _unchanged(bench: Bench, deed: Callable[[], list[RolloutError]]) -> list[RolloutError]:
    dump, start = bench.database.dump(), bench.mark()
    errors = deed()
    assert bench.logged(start) == []
    assert bench.database.dump() == dump
    return errors


@pytest.mark.parametrize(("what", "wanted", "rows"), DATA, ids=[what for what, _, _ in DATA])
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "apply"])
def test_rows_that_stand_in_the_way(bench: Bench, what: str, wanted: Model, rows: int, preview: bool) -> None:  # noqa: FBT001
    """The query in the refusal runs as it is, and returns as many rows as the refusal counts."""
    del what
    bench.create(PEOPLE, LOOSE)
    bench.admin(ROWS)
    (error,) = _unchanged(bench, lambda: bench.refusals(wanted, preview=preview))
    assert error.code == "DB007"
    found = re.search(r"find them with: (.*)", error.problem)
    assert found is not None
    assert len(bench.rows(found[1])) == rows
    assert re.match(rf"{rows} (row|key)s? ", error.problem)
    bench.admin("DELETE FROM public.notes")
    assert bench.refusals(wanted) == []
    assert bench.drift(wanted) == []


def test_nulls_are_not_alike_under_a_unique_index(bench18: Bench) -> None:
    """PostgreSQL keeps any number of them, so that they are no reason to refuse; nor are rows outside the predicate."""
    bench18.create(PEOPLE, LOOSE)
    bench18.admin("INSERT INTO public.notes (kind, score) VALUES (NULL, 1), (NULL, 2), ('poem', -1), ('poem', -2)")
    wanted = UNIQUE.model_copy(update={"where": "score > 0"})
    assert bench18.refusals(wanted) == []


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "apply"])
def test_a_required_column_for_a_table_with_rows(bench: Bench, preview: bool) -> None:  # noqa: FBT001
    bench.create(PEOPLE, LOOSE)
    bench.admin(ROWS)
    wanted = _table(columns=(*LOOSE.columns, Column(name="mood", type="text", nullable=False)))
    (error,) = _unchanged(bench, lambda: bench.refusals(wanted, preview=preview))
    assert (error.code, error.path) == ("DB007", "table public.notes.mood")
    bench.admin("DELETE FROM public.notes")
    assert bench.refusals(wanted) == []
    assert bench.drift(wanted) == []


@pytest.mark.parametrize(
    "wanted",
    [
        _column("kind", type="varchar(5)"),
        _column("score", type="integer"),
        _column("score", type="numeric(5,1)"),
        _column("created_at", type="date"),
        _column("tags", type="jsonb"),
        _table(primary_key=("id", "created_at"), columns=NOTES.columns),
    ],
)
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "apply"])
def test_a_shape_that_no_table_can_take_in_place(bench18: Bench, wanted: Table, preview: bool) -> None:  # noqa: FBT001
    bench18.create(PEOPLE, LOOSE)
    errors = _unchanged(bench18, lambda: bench18.refusals(wanted, preview=preview))
    assert [error.code for error in errors] == ["ADOPT001"]
    assert errors[0].fix


def test_every_refusal_comes_at_once(bench18: Bench) -> None:
    """All that stands in the way is told together, so that it is mended in one go."""
    bench18.create(PEOPLE, LOOSE)
    bench18.admin(ROWS)
    errors = bench18.refusals(NOTES, preview=True)
    assert {error.path.rpartition(".")[2] for error in errors} == {
        "person_id",
        "kind",
        "notes_score_check",
        "notes_person_id_fkey",
    }


def test_an_index_of_another_table_keeps_its_name(bench18: Bench) -> None:
    """A name that belongs to somebody else's index, or to a constraint, is not taken away from it."""
    bench18.create(PEOPLE, LOOSE)
    bench18.admin(
        "CREATE INDEX notes_one_each_key ON public.people (name)",
        "ALTER TABLE public.notes ADD CONSTRAINT notes_tags_key UNIQUE (tags)",
    )
    other = UNIQUE.model_copy(update={"name": "notes_tags_key"})
    for wanted in (UNIQUE, other):
        (error,) = _unchanged(bench18, lambda wanted=wanted: bench18.refusals(wanted))  # type: ignore[misc]
        assert error.code == "ADOPT001"


def test_a_constraint_that_is_the_wanted_index_is_adopted(bench: Bench) -> None:
    """A unique constraint's index serves as well as one of ours; deleting it takes the constraint away."""
    bench.create(PEOPLE, LOOSE)
    bench.admin("ALTER TABLE public.notes ADD CONSTRAINT notes_one_each_key UNIQUE (kind)")
    start = bench.mark()
    bench.create(UNIQUE)
    assert bench.logged(start) == []
    bench.delete(UNIQUE)
    assert bench.rows("SELECT count(*) FROM pg_constraint WHERE conname = 'notes_one_each_key'") == [(0,)]


def test_a_check_the_server_cannot_read_is_a_named_error(bench18: Bench) -> None:
    bench18.create(PEOPLE, LOOSE)
    bench18.admin(ROWS)
    wanted = _table(checks=(Check(name="notes_check", expression="kind + 1 > 'x'::uuid"),))
    for preview in (True, False):
        errors = bench18.refusals(wanted, preview=preview)
        assert {error.code for error in errors} <= {"DB003"}
    assert errors


def test_a_policy_the_server_cannot_read_is_refused_in_the_preview(bench18: Bench) -> None:
    """One that needs what the same deploy has yet to make is not."""
    bench18.create(PEOPLE, NOTES)
    (error,) = bench18.refusals(POLICY.model_copy(update={"using": "score + 1"}), preview=True)
    assert error.code == "DB003"
    for later in ("pipeline_private.later(id)", "later = 1", "id IN (SELECT id FROM public.later)"):
        assert bench18.refusals(POLICY.model_copy(update={"using": later}), preview=True) == []
