"""F29: what somebody changes out of band is told object by object, weakened guards as an incident, and repaired."""

from typing import Final

import pytest
from psycopg import sql

from tests.cli.commands import Project
from tests.cli.on_server import on_server, run
from tests.clusters import Database
from tests.faults.conftest import Fault
from tests.faults.invariants import Invariants, fingerprint
from tests.seeding import seed

ENGINE: Final = ("--engine", "embedded")
STATUS: Final = "public.get_creator_pipeline_status(uuid)"
BODY: Final = """
    CREATE OR REPLACE FUNCTION public.get_creator_pipeline_status(creator_id uuid) RETURNS json
    LANGUAGE sql STABLE AS $$SELECT '{}'::json$$
"""
INDEX: Final = "creator_profiles_last_activity_at_idx"
#: By hand as the superuser, and how `drift` and `up` say it: what weakens a guard.
INCIDENTS: Final = (
    (
        "DROP POLICY creator_select ON public.pipeline_metrics",
        "policy creator_select on public.pipeline_metrics was dropped",
    ),
    (
        "ALTER POLICY creator_update ON public.creator_profiles USING (true)",
        "policy creator_update on public.creator_profiles lets rows through by another condition: USING (true)",
    ),
    (
        "CREATE POLICY open_door ON public.creator_feature_flags FOR ALL TO authenticated USING (true)",
        "policy open_door on public.creator_feature_flags was added, and is not ours",
    ),
    (
        "ALTER TABLE public.creator_profiles DISABLE ROW LEVEL SECURITY",
        "row security is off on public.creator_profiles: whoever has a grant reaches every row",
    ),
    (
        "ALTER TABLE public.pipeline_sessions NO FORCE ROW LEVEL SECURITY",
        "row security is no longer forced on public.pipeline_sessions: its owner passes it by",
    ),
    ("GRANT SELECT ON public.creator_economics TO PUBLIC", "SELECT on public.creator_economics was granted to PUBLIC"),
    (
        "GRANT TRUNCATE ON public.creator_economics TO service_role",
        "TRUNCATE on public.creator_economics was granted to service_role",
    ),
    (
        f"GRANT EXECUTE ON FUNCTION {STATUS} TO PUBLIC",
        f"EXECUTE on function {STATUS} was granted to PUBLIC",
    ),
    (
        "ALTER VIEW public.creator_pipeline_overview SET (security_invoker = false)",
        "view public.creator_pipeline_overview shows rows with its owner's rights: security_invoker is off",
    ),
    ("ALTER ROLE pipeline_owner LOGIN", "role pipeline_owner was given LOGIN"),
    (f"ALTER FUNCTION {STATUS} RESET ALL", f"the search path of function {STATUS} was changed: it is not pinned"),
)
#: What is told as a change, and repaired all the same.
CHANGES: Final = (
    (
        BODY,
        f"function {STATUS} has another body",
    ),
    (
        f"DROP INDEX public.{INDEX}; CREATE INDEX {INDEX} ON public.creator_profiles (metrics)",
        f"index public.{INDEX} on public.creator_profiles was replaced by another definition",
    ),
    (
        "ALTER TABLE public.creator_profiles ALTER onboarding_stage SET DEFAULT 'completed'",
        "the default of column onboarding_stage of public.creator_profiles was changed to 'completed'",
    ),
    (
        "ALTER ROLE pipeline_monitor SET statement_timeout = '1h'",
        "statement_timeout of role pipeline_monitor was changed from 5s to 1h",
    ),
    (
        "ALTER TABLE public.creator_profiles DISABLE TRIGGER creator_profiles_touch_updated_at",
        "trigger creator_profiles_touch_updated_at on public.creator_profiles was disabled",
    ),
)
#: What is not ours: told, and left alone.
NOT_OURS: Final = (
    (
        "ALTER TABLE public.creator_profiles ADD COLUMN shoe_size int",
        "column shoe_size on public.creator_profiles is not ours; it is left alone",
    ),
    (
        "CREATE INDEX shoes ON public.creator_profiles (shoe_size)",
        "index public.shoes on public.creator_profiles is not ours; it is left alone",
    ),
    ("CREATE TABLE pipeline_private.theirs (id int)", "table pipeline_private.theirs is not ours; it is left alone"),
    (
        "CREATE FUNCTION public.theirs() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "function public.theirs() is not ours; it is left alone",
    ),
)
#: What no `up` takes back, and a person must.
FOR_A_PERSON: Final = (
    (
        "CREATE ROLE stranger; GRANT pipeline_owner TO stranger",
        "stranger was made a member of pipeline_owner: it may act as that role",
    ),
    (
        "GRANT pg_read_all_data TO pipeline_monitor",
        "pipeline_monitor was made a member of pg_read_all_data: it may do what that role may",
    ),
)


def by_hand(database: Database, *statements: str) -> None:
    """Run statements as the superuser."""
    with database.connect(user="admin") as admin:
        for statement in statements:
            admin.execute(sql.SQL(statement))


@pytest.fixture(params=["18", pytest.param("15", marks=pytest.mark.full)], ids=lambda version: f"pg{version}")
def ground(request: pytest.FixtureRequest) -> Database:
    """A database on each server; on the older one in the long round."""
    found: Database = request.getfixturevalue(f"database{request.param}")
    return found


@pytest.mark.fault(
    "F29",
    how="as superuser: policies dropped, widened and added, row security off, grants to PUBLIC and a service, a"
    " function's body, an index, defaults, roles; a column, an index, a table and a function of somebody else's",
    result="`drift` and `up` say each in words; weakened guards are an incident (exit code 5); a plain `up` repairs;"
    " what is not ours stays",
)
def test_what_was_changed_out_of_band_is_told_and_repaired(ground: Database, project: Project, fault: Fault) -> None:
    """One look tells everything, one plain `up` repairs it, the next plan is empty, what is not ours is there."""
    on_server(project, ground, deployed=False)
    assert run(project, "up", "--yes", *ENGINE).code == 0
    seed(ground, creators=2)
    by_hand(ground, *(statement for statement, _ in NOT_OURS))
    invariants = Invariants.before(ground, undisturbed=fingerprint(ground))
    by_hand(ground, *(statement for statement, _ in (*CHANGES, *INCIDENTS)))

    looked = run(project, "drift", *ENGINE)
    invariants.refused(looked, "SEC030")
    assert looked.code == 5
    lines = looked.out.splitlines()
    assert sorted(lines[:-1]) == sorted([f"{sign} {sentence}" for sign, told in _by_sign() for _, sentence in told]), (
        looked.out
    )

    with fault.recovering():
        repaired = run(project, "up", "--yes", *ENGINE)
    invariants.converged(repaired)
    for _, sentence in (*INCIDENTS, *CHANGES, *NOT_OURS):
        assert sentence in repaired.said
    assert repaired.err.count("warning: SEC030") == len(INCIDENTS)

    invariants.hold(plan=lambda: run(project, "preview", "--expect-no-changes", *ENGINE))
    clean = run(project, "drift", *ENGINE)
    assert clean.code == 0, clean.said
    assert "Nothing of ours was changed out of band." in clean.out

    by_hand(ground, *(statement for statement, _ in FOR_A_PERSON))
    strangers = run(project, "drift", *ENGINE, "--json")
    assert strangers.code == 5
    assert strangers.document["summary"] == {"incidents": 2, "changes": 0, "notOurs": len(NOT_OURS)}
    assert {item["text"] for item in strangers.document["drift"]} == {told for _, told in FOR_A_PERSON}
    assert all("as an administrator revoke" in item["fix"] for item in strangers.document["drift"])


@pytest.mark.full
@pytest.mark.fault(
    "F29",
    how="a default and a role's setting are changed by hand, and nothing else",
    result="`drift` exits with 3: no guard was weakened; `refresh` says the same words",
)
def test_a_change_that_weakens_nothing_is_no_incident(database18: Database, project: Project, fault: Fault) -> None:
    """Drift and incident have exit codes of their own."""
    on_server(project, database18, deployed=False)
    assert run(project, "up", "--yes", *ENGINE).code == 0
    by_hand(database18, CHANGES[2][0], CHANGES[3][0])
    looked = run(project, "drift", *ENGINE)
    assert (looked.code, looked.err) == (3, "")
    refreshed = run(project, "refresh", *ENGINE)
    for _, sentence in CHANGES[2:4]:
        assert f"~ {sentence}" in looked.out
        assert f"~ {sentence}" in refreshed.out
    with fault.recovering():
        assert run(project, "up", "--yes", *ENGINE).code == 0
    assert run(project, "preview", "--expect-no-changes", *ENGINE).code == 0


def _by_sign() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return (("!", INCIDENTS), ("~", CHANGES), (" ", NOT_OURS))
