"""Each property changed in the program: the plan names it, the update makes it so in place, and nothing is left."""

from typing import Any

import pytest

from infra.models.base import Model
from infra.models.function import Argument
from infra.provider.handler import ChangeKind
from tests.provider.kinds.bench import Bench, handler_of
from tests.provider.kinds.changes import CHANGES, NOT_SEEN
from tests.provider.kinds.samples import (
    FUNCTION,
    INDEX,
    NEEDS,
    NOTES,
    PEOPLE,
    PRIVATE,
    SAMPLES,
    TOUCH,
    TRIGGER,
    VIEW,
)


@pytest.mark.parametrize(("name", "changes", "path"), CHANGES, ids=[f"{name} {path}" for name, _, path in CHANGES])
def test_a_changed_property_is_named_and_made_so(bench: Bench, name: str, changes: dict[str, Any], path: str) -> None:
    old = SAMPLES[name]
    new = _changed(old, changes)
    bench.create(*NEEDS[name], old)
    found = handler_of(new).diff(old.dump(), new.dump())
    assert any(change.path.startswith(path) or path.startswith(change.path) for change in found), found
    assert not any(change.kind.replaces for change in found)
    before = bench.drift(new)
    assert before != [] or path in NOT_SEEN
    bench.update(old, new, preview=True)
    assert bench.drift(old) == []
    assert bench.drift(new) == before
    bench.update(old, new)
    assert bench.drift(new) == []
    start = bench.mark()
    bench.update(old, new)
    assert bench.logged(start) == []
    if path.endswith(".type"):
        assert {error.code for error in bench.refusals(old, new)} == {"ADOPT001"}
        return
    bench.update(new, old)
    assert bench.drift(old) == []


def _changed(model: Model, changes: dict[str, Any]) -> Any:
    return type(model).model_validate(model.model_dump() | {key: _plain(value) for key, value in changes.items()})


def _plain(value: Any) -> Any:
    match value:
        case tuple():
            return [_plain(item) for item in value]
        case Model():
            return value.model_dump()
        case _:
            return value


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("role", {"name": "another_role"}),
        ("role setting", {"parameter": "lock_timeout"}),
        ("table", {"name": "other_notes"}),
        ("policy", {"name": "other"}),
        ("index", {"name": "other"}),
        ("index", {"table": "people"}),
        ("function", {"name": "other"}),
        ("view", {"name": "other"}),
        ("trigger", {"table": "people"}),
        ("table grant", {"object_name": "public.people"}),
    ],
)
def test_another_name_is_another_object(name: str, changes: dict[str, Any]) -> None:
    """The diff says that the object is replaced, so that the engine makes the new one first."""
    old = SAMPLES[name]
    found = handler_of(old).diff(old.dump(), old.model_copy(update=changes).dump())
    assert {change.kind for change in found} <= {
        ChangeKind.UPDATE_REPLACE,
        ChangeKind.ADD_REPLACE,
        ChangeKind.DELETE_REPLACE,
    }
    assert found


def test_what_was_never_declared_stays(bench: Bench) -> None:
    """Columns, checks, indexes and triggers that somebody else added outlive every change of ours."""
    bench.create(PEOPLE, NOTES, TOUCH)
    bench.admin(
        "ALTER TABLE public.notes ADD COLUMN extra text DEFAULT 'x'",
        "ALTER TABLE public.notes ADD CONSTRAINT extra_check CHECK (extra <> 'y')",
        "CREATE INDEX extra_idx ON public.notes (extra)",
        "CREATE TRIGGER extra BEFORE UPDATE ON public.notes FOR EACH ROW EXECUTE FUNCTION pipeline_private.touch()",
        "CREATE TABLE public.extra (id int)",
    )
    assert bench.drift(NOTES) == []
    fewer = NOTES.model_copy(update={"checks": (), "columns": NOTES.columns[:-1]})
    bench.update(NOTES, fewer)
    bench.create(INDEX, TRIGGER)
    assert _count(bench, "pg_attribute", "attrelid = 'notes'::regclass AND attname IN ('extra', 'created_at')") == 2
    assert _count(bench, "pg_constraint", "conname = 'extra_check'") == 1
    assert _count(bench, "pg_constraint", "conname LIKE 'notes%check'") == 0
    assert _count(bench, "pg_trigger", "tgname = 'extra'") == 1
    assert _count(bench, "pg_class", "relname IN ('extra', 'extra_idx')") == 2


def _count(bench: Bench, catalog: str, condition: str) -> int:
    ((found,),) = bench.rows(f"SELECT count(*) FROM {catalog} WHERE {condition}")  # noqa: S608 - the tests' own texts
    return int(found)


def test_a_view_or_function_made_anew_keeps_its_grants(bench: Bench) -> None:
    """Other columns, or other names of arguments, mean a new object: whoever might use the old one may use it."""
    bench.create(PEOPLE, NOTES, VIEW, FUNCTION)
    bench.admin(
        "GRANT SELECT ON public.note_counts TO authenticated, service_role",
        "GRANT SELECT (person_id) ON public.note_counts TO anon",
        f"GRANT EXECUTE ON FUNCTION {PRIVATE}.greeting(text, int) TO authenticated WITH GRANT OPTION",
    )
    view = VIEW.model_copy(update={"query": "SELECT person_id, count(*) AS how_many FROM public.notes GROUP BY 1"})
    bench.update(VIEW, view)
    arguments = (Argument(name="who", type="text"), FUNCTION.arguments[1])
    bench.update(FUNCTION, FUNCTION.model_copy(update={"arguments": arguments, "body": "SELECT who"}))
    query = f"""SELECT has_table_privilege('authenticated', 'public.note_counts', 'SELECT'),
                       has_table_privilege('service_role', 'public.note_counts', 'SELECT'),
                       has_table_privilege('anon', 'public.note_counts', 'SELECT'),
                       has_column_privilege('anon', 'public.note_counts', 'person_id', 'SELECT'),
                       has_function_privilege('authenticated', '{PRIVATE}.greeting(text, int)', 'EXECUTE'),
                       has_function_privilege('anon', '{PRIVATE}.greeting(text, int)', 'EXECUTE')"""
    assert bench.rows(query) == [(True, True, False, True, True, False)]


def test_the_old_index_serves_until_the_new_one_is_built(bench: Bench) -> None:
    """Replaced under another name first; at the end one index stands, and the steps say so in their order."""
    bench.create(PEOPLE, NOTES, INDEX)
    bench.update(INDEX, INDEX.model_copy(update={"where": None}))
    said = [
        text for _, text in bench.lines if text.startswith("index public.notes_person_id_idx") and "drop" not in text
    ]
    assert [text.partition(": ")[2] for text in said[-2:]] == [
        "set the former index aside (where)",
        "build the index concurrently",
    ]
    names = bench.rows("SELECT relname FROM pg_class WHERE relname LIKE 'notes_person_id%' AND relkind = 'i'")
    assert names == [("notes_person_id_idx",)]


def test_a_foreign_key_under_another_name_is_renamed(bench: Bench) -> None:
    """Adopted without a scan: the same key that somebody named otherwise only gets our name."""
    bench.create(PEOPLE, NOTES.model_copy(update={"foreign_keys": ()}))
    bench.admin(
        "ALTER TABLE public.notes ADD CONSTRAINT theirs FOREIGN KEY (person_id) REFERENCES public.people (id)"
        " ON DELETE CASCADE"
    )
    start = bench.mark()
    bench.create(NOTES)
    assert bench.logged(start) == ['ALTER TABLE "public"."notes" RENAME CONSTRAINT "theirs" TO "notes_person_id_fkey"']


def test_a_constraint_that_is_no_longer_declared_is_dropped(bench: Bench) -> None:
    """It was ours: the program that declared it takes it away, though not one that never did."""
    bench.create(PEOPLE, NOTES)
    bench.create(NOTES.model_copy(update={"checks": (), "foreign_keys": ()}))
    names = "SELECT conname::text FROM pg_constraint WHERE conrelid = 'notes'::regclass AND contype IN ('c', 'f')"
    assert len(bench.rows(names)) == 3
    bench.update(NOTES, NOTES.model_copy(update={"checks": (NOTES.checks[0],), "foreign_keys": ()}))
    assert bench.rows(names) == [("notes_score_check",)]
