"""What stands beside our objects: strangers with our roles are incidents, strange objects are left alone."""

from typing import Any, Final

from infra.drift.beside import (
    RECORD,
    SHOWN,
    Attribute,
    Exposed,
    Membership,
    Thing,
    exposures,
    known_from,
    left_alone,
    member_findings,
)
from tests.provider.kinds.samples import ARCHIVE, FUNCTION, INDEX, NOTES, PRIVATE, ROLE, TRIGGER, VIEW

RESOURCES: Final[dict[str, list[dict[str, Any]]]] = {
    "Role": [ROLE.dump()],
    "Table": [NOTES.dump()],
    "View": [VIEW.dump()],
    "Index": [INDEX.dump()],
    "Trigger": [TRIGGER.dump()],
    "Function": [FUNCTION.dump()],
    "Schema": [{"name": PRIVATE}, {"name": ARCHIVE}],
    "GrantRole": [{"role": "deployer", "grantRole": "bench_role"}],
}
KNOWN: Final = known_from(RESOURCES)


def test_what_the_state_has_is_ours() -> None:
    ours = [
        Thing("column", "public.notes", "score"),
        Thing("constraint", "public.notes", "notes_score_check"),
        Thing("constraint", "public.notes", "notes_person_id_fkey"),
        Thing("index", "public.notes", "public.notes_person_id_idx"),
        Thing("trigger", "public.notes", "notes_touch"),
        Thing("table", "public", "public.notes"),
        Thing("view", "public", "public.note_counts"),
        Thing("function", PRIVATE, "pipeline_private.greeting(text, integer)"),
        RECORD,
    ]
    assert list(left_alone(KNOWN, ours)) == []


def test_parked_tables_are_not_looked_for() -> None:
    assert KNOWN.schemas == {"public", PRIVATE}


def test_what_is_not_ours_is_told_one_by_one_on_a_table_and_by_schema_beside() -> None:
    many = [Thing("function", "public", f"public.f{number}()") for number in range(SHOWN + 2)]
    found = [
        Thing("column", "public.notes", "shoe_size"),
        Thing("index", "public.notes", "public.shoes"),
        Thing("table", PRIVATE, f"{PRIVATE}.theirs"),
        *many,
    ]
    names = ", ".join(thing.name for thing in many[:SHOWN])
    assert list(left_alone(KNOWN, found)) == [
        "column shoe_size on public.notes is not ours; it is left alone",
        "index public.shoes on public.notes is not ours; it is left alone",
        "table pipeline_private.theirs is not ours; it is left alone",
        f"10 functions in public are not ours; they are left alone: {names} and 2 more",
    ]


def test_an_undeclared_membership_is_an_incident_that_only_a_person_takes_back() -> None:
    found = [
        Membership("bench_role", "deployer"),
        Membership("bench_role", "mallory"),
        Membership("pg_read_all_data", "bench_role"),
    ]
    told = list(member_findings(KNOWN, found, [Attribute("bench_role", "SUPERUSER")]))
    assert [finding.sentence for finding in told] == [
        "mallory was made a member of bench_role: it may act as that role",
        "bench_role was made a member of pg_read_all_data: it may do what that role may",
        "role bench_role was given SUPERUSER",
    ]
    assert all(finding.weakened and finding.path == "role bench_role" for finding in told)
    assert told[0].fix.endswith("as an administrator revoke bench_role from mallory")
    assert told[2].fix.endswith("as a superuser alter the role to NOSUPERUSER")


def test_what_strangers_reach_is_told_unless_it_is_ours() -> None:
    """A table of ours without row security is an incident of its own, and not told here."""
    found = [
        Exposed("table", "public.notes", "anon"),
        Exposed("table", "public.theirs", "anon, authenticated"),
        Exposed("materialized view", "public.copies", "anon"),
    ]
    assert list(exposures(KNOWN, found)) == [
        "table public.theirs is not ours and has no row security: anon, authenticated may reach every row of it",
        "materialized view public.copies is not ours and shows our rows past row security: anon may read it",
    ]
