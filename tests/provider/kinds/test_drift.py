"""Changed by hand, behind our back: a reading shows it, and the next create repairs it."""

import re
from typing import Final

import pytest

from infra.drift.finding import Finding
from infra.models.grant import Grant
from tests.provider.kinds.bench import MISSING, Bench
from tests.provider.kinds.drifts import DRIFTS, ON_NOTES
from tests.provider.kinds.samples import (
    NEEDS,
    NOTES,
    PEOPLE,
    POLICY,
    ROLE,
    SAMPLES,
    TABLE_GRANT,
    TOUCH,
    VIEW,
)

#: The object must be there again before anything can be granted on it.
_FIRST: Final = {"view grant": (VIEW,), "function grant": (), "table grant": ()}


@pytest.mark.parametrize(
    ("name", "by_hand", "paths"), DRIFTS, ids=[f"{name} {'; '.join(hand)[-40:]}" for name, hand, _ in DRIFTS]
)
def test_drift_shows_and_is_repaired(bench: Bench, name: str, by_hand: tuple[str, ...], paths: list[str]) -> None:
    model = SAMPLES[name]
    bench.create(*NEEDS[name], model)
    dump, roles = bench.database.dump(), bench.database.roles()
    bench.admin(*by_hand)
    shown = bench.drift(model)
    assert _tops(shown) == _tops(paths)
    assert all(any(one.startswith(path) for one in shown) for path in paths), shown
    told = [finding for _, text in bench.lines if (finding := Finding.parse(text))]
    # Of grants whose object is gone, the object tells.
    assert bool(told) is not (isinstance(model, Grant) and shown == MISSING)
    bench.create(model, preview=True)
    assert bench.drift(model) == shown
    bench.create(*_FIRST.get(name, ()), model)
    assert bench.drift(model) == []
    assert bench.database.roles() == roles
    assert _sorted(bench.database.dump()) == _sorted(dump)


def _tops(paths: list[str]) -> set[str]:
    """Return the properties themselves, without what lies below them."""
    return {re.split(r"[.[]", path)[0] for path in paths}


def _sorted(dump: str) -> list[str]:
    """Return the lines of a dump in an order of their own: a column that was added again is the last one."""
    return sorted(line.rstrip(",") for line in dump.splitlines())


def test_row_security_that_was_turned_off_comes_back_closed(bench: Bench) -> None:
    """On a table of ours no policy lets everybody go on: the grants are as wanted, so that none would end it."""
    bench.create(PEOPLE, NOTES, POLICY, TABLE_GRANT)
    for old in (None, NOTES):
        bench.admin(f"{ON_NOTES} DISABLE ROW LEVEL SECURITY")
        if old is None:
            bench.create(NOTES)
        else:
            bench.update(old, NOTES)
        assert bench.rows("SELECT polname::text FROM pg_policy WHERE polrelid = 'notes'::regclass") == [
            ("creator_update",)
        ]


def test_a_superuser_by_hand_is_seen(bench: Bench) -> None:
    """A deployer who is none cannot take that back: the refusal says who may."""
    bench.create(ROLE)
    bench.admin("ALTER ROLE bench_role SUPERUSER")
    assert bench.drift(ROLE) == ["bypassRls", "createDatabase", "createRole"]
    (error,) = bench.refusals(ROLE)
    assert error.code == "DB003"
    assert "SUPERUSER" in f"{error}".upper()


def test_a_role_that_passes_row_security_by_is_seen(bench: Bench) -> None:
    """Since 16 whoever has BYPASSRLS may take it away; before, a superuser alone, and the refusal says so."""
    bench.create(ROLE)
    bench.admin("ALTER ROLE bench_role BYPASSRLS")
    assert bench.drift(ROLE) == ["bypassRls"]
    errors = bench.refusals(ROLE)
    if bench.workspace.session.version >= 160000:
        assert errors == []
        assert bench.drift(ROLE) == []
    else:
        assert [error.code for error in errors] == ["DB003"]
        assert "superuser" in str(errors[0])


def test_unenforced_constraints_are_none(bench18: Bench) -> None:
    """PostgreSQL 18 can keep a constraint without holding anybody to it: it is replaced."""
    bench18.create(PEOPLE, NOTES)
    bench18.admin(
        f"{ON_NOTES} DROP CONSTRAINT notes_score_check",
        f"{ON_NOTES} ADD CONSTRAINT notes_score_check CHECK (score BETWEEN 0 AND 100) NOT ENFORCED",
        f"{ON_NOTES} ALTER CONSTRAINT notes_person_id_fkey NOT ENFORCED",
        f"{ON_NOTES} ALTER person_id DROP NOT NULL",
        f"{ON_NOTES} ADD CONSTRAINT later NOT NULL person_id NOT VALID",
    )
    assert _tops(bench18.drift(NOTES)) == {"checks", "columns", "foreignKeys"}
    bench18.create(NOTES)
    assert bench18.drift(NOTES) == []
    query = "SELECT bool_and(convalidated AND conenforced) FROM pg_constraint WHERE conrelid = 'notes'::regclass"
    assert bench18.rows(query) == [(True,)]


def test_a_retired_trigger_is_dropped(bench: Bench) -> None:
    """A trigger that calls a function whose place ours takes counts as drift; its function stays."""
    trigger = SAMPLES["trigger"].model_copy(update={"retires": ("public.old_touch",)})
    bench.admin("CREATE FUNCTION public.old_touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
    bench.create(PEOPLE, NOTES, TOUCH, trigger)
    assert bench.drift(trigger) == []
    bench.admin("CREATE TRIGGER old BEFORE UPDATE ON public.notes FOR EACH ROW EXECUTE FUNCTION public.old_touch()")
    assert bench.drift(trigger) == ["retires"]
    bench.create(trigger)
    assert bench.drift(trigger) == []
    assert bench.rows("SELECT count(*) FROM pg_trigger WHERE tgname = 'old'") == [(0,)]
    assert bench.rows("SELECT to_regproc('public.old_touch') IS NOT NULL") == [(True,)]
