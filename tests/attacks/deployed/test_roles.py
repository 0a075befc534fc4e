"""Roles that a session takes, or leaves; the owner, and policies that add up."""

from typing import Final

import pytest
from psycopg import sql

from infra.pipeline.definition import define
from infra.pipeline.names import ANON, CREATOR, MONITOR, OWNER, SERVICE, SERVICE_ROLE
from infra.pipeline.phases import rollout
from infra.pipeline.tables import ROLLOUT_TABLES, TABLES
from tests.attacks.doors import NAMES, NO_PRIVILEGE, OWNED, Door, attempt
from tests.cluster_state import connect, run
from tests.deploying import Deployer

EVERY_TABLE: Final = tuple(table.identity for table in (*TABLES, *ROLLOUT_TABLES))


def select(name: str) -> sql.Composed:
    return sql.SQL("SELECT FROM {}").format(sql.Identifier(*name.split(".")))


@pytest.mark.attack("T19")
@pytest.mark.parametrize("way_out", ["RESET ROLE", "SET ROLE NONE", "SET LOCAL ROLE authenticator"])
def test_leaving_the_role(door: Door, way_out: str) -> None:
    """Back in the API's login there is nothing: it owns nothing, was granted nothing, and inherits nothing."""
    with door.attacking() as session:
        session.execute(sql.SQL(way_out))
        assert session.execute("SELECT current_user::text").fetchall() == [("authenticator",)]
        for name in (*EVERY_TABLE, "public.creator_pipeline_overview"):
            assert attempt(session, select(name)) == NO_PRIVILEGE, name
        for call in ("public.feature_enabled('X')", "public.get_creator_pipeline_status(NULL)"):
            assert attempt(session, f"SELECT {call}") == NO_PRIVILEGE
        owned = session.execute(
            "SELECT (SELECT count(*) FROM pg_class WHERE relowner = r.oid)"
            "     + (SELECT count(*) FROM pg_proc WHERE proowner = r.oid), r.rolinherit, r.rolbypassrls"
            "  FROM pg_roles AS r WHERE r.rolname = 'authenticator'"
        ).fetchall()
        assert owned == [(0, False, False)]


#: For each login, whom it may not become.
BEYOND: Final = {
    CREATOR: (OWNER, SERVICE, MONITOR, "deployer", "supabase_admin", "supabase_auth_admin", "pg_read_all_data"),
    SERVICE: (OWNER, MONITOR, SERVICE_ROLE, CREATOR, ANON, "authenticator", "deployer", "supabase_admin"),
    MONITOR: (OWNER, SERVICE, SERVICE_ROLE, CREATOR, ANON, "authenticator", "deployer", "supabase_admin"),
}


@pytest.mark.attack("T20")
@pytest.mark.parametrize("role", BEYOND)
def test_taking_a_stronger_role(door: Door, role: str) -> None:
    """Neither the API's login nor those of the services become anybody stronger, by either command."""
    with door.pipeline.acting(role, door.attacker.user) as session:
        for other in BEYOND[role]:
            for command in ("SET ROLE {}", "SET LOCAL ROLE {}", "SET SESSION AUTHORIZATION {}"):
                assert attempt(session, sql.SQL(command).format(sql.Identifier(other))) == NO_PRIVILEGE, (
                    other,
                    command,
                )
            assert attempt(session, "SELECT set_config('role', %s, true)", [other]) == NO_PRIVILEGE, other


@pytest.mark.attack("T20")
def test_who_is_a_member_of_whom(door: Door) -> None:
    """Nobody but who deploys may act as a role of ours, and ours may act as nobody."""
    with door.pipeline.admin() as admin:
        members = admin.execute(
            "SELECT DISTINCT m.member::regrole::text FROM pg_auth_members AS m"
            " WHERE m.roleid::regrole::text LIKE 'pipeline\\_%'"
        ).fetchall()
        ours = admin.execute("SELECT FROM pg_auth_members WHERE member::regrole::text LIKE 'pipeline\\_%'").rowcount
        attributes = admin.execute(
            "SELECT bool_or(rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)"
            "  FROM pg_roles WHERE rolname LIKE 'pipeline\\_%'"
        ).fetchall()
    assert (members, ours, attributes) == ([("deployer",)], 0, [(False,)])


@pytest.mark.attack("T31")
def test_the_owner(door: Door) -> None:
    """Row security is forced: who owns the tables sees no result. Profiles for the trigger, metrics for their sums."""
    with door.deploying() as session:
        session.execute("SET LOCAL ROLE pipeline_owner")
        found = {name: attempt(session, select(f"public.{name}")) for name in NAMES}
        assert found.pop("creator_profiles") != 0
        assert found.pop("pipeline_metrics") != 0
        assert set(found.values()) == {0}
        score = "INSERT INTO public.assessment_scores (creator_profile_id, dimension, score) VALUES (%s, 'all', 100)"
        assert attempt(session, score, [door.victim.profile]) == NO_PRIVILEGE
    with door.pipeline.admin() as admin:
        forced = admin.execute(
            "SELECT bool_and(relrowsecurity AND relforcerowsecurity), count(*) FROM pg_class"
            " WHERE oid = ANY (%s::text[]::regclass[])",
            [list(EVERY_TABLE)],
        ).fetchall()
        assert forced == [(True, len(EVERY_TABLE))]
        assert admin.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'pipeline_owner'").fetchall() == [
            (False,)
        ]


@pytest.mark.attack("T32")
def test_row_security_off(door: Door) -> None:
    """It asks for an error instead of a filtered answer, and gets it: nobody but the backup's role gets past."""
    for role in (CREATOR, SERVICE):
        with door.pipeline.acting(role, door.attacker.user) as session:
            session.execute("SET LOCAL row_security = off")
            for name in OWNED:
                assert attempt(session, select(f"public.{name}")) == NO_PRIVILEGE, (role, name)
            told = "SELECT public.get_creator_pipeline_status(%s)"
            assert attempt(session, told, [door.victim.profile]) == NO_PRIVILEGE
    with door.deploying() as session:
        session.execute("SET LOCAL ROLE pipeline_owner")
        session.execute("SET LOCAL row_security = off")
        for name in NAMES:
            assert attempt(session, select(f"public.{name}")) == NO_PRIVILEGE, name


@pytest.mark.attack("T36")
def test_policies_do_not_add_up(any_door: Door) -> None:
    """For each table, command and role there is one permissive policy at most, whoever is a member of whom."""
    with any_door.pipeline.admin() as admin:
        found = admin.execute(
            "SELECT p.polrelid::regclass::text, c.command, r.rolname, count(*)"
            "  FROM pg_policy AS p"
            "  JOIN unnest('{r,a,w,d}'::\"char\"[]) AS c (command) ON p.polcmd IN ('*', c.command)"
            "  JOIN pg_roles AS r ON r.rolname = ANY (%s)"
            " WHERE p.polpermissive AND EXISTS (SELECT FROM unnest(p.polroles) AS o WHERE o = 0 OR"
            "       pg_has_role(r.oid, o, 'USAGE'))"
            " GROUP BY 1, 2, 3",
            [[ANON, CREATOR, SERVICE, SERVICE_ROLE, MONITOR, OWNER]],
        ).fetchall()
    assert len(found) > len(EVERY_TABLE)
    assert [row for row in found if row[3] > 1] == []


@pytest.mark.attack("T36")
def test_a_policy_too_many(any_door: Door) -> None:
    """A second permissive policy would open a table to everybody: it is drift, and the next deploy drops it."""
    door, name = any_door, "public.pipeline_sessions"
    target = door.database.server.target("deployer", door.database.name)
    definition = define(rollout(5), deployer=target.user, access=door.pipeline.access, access_stated=True)
    deployer = Deployer(target, definition)
    try:
        with connect(door.database.admin) as admin:
            run(admin, "CREATE POLICY open_door ON public.pipeline_sessions FOR SELECT USING (true)")
        with door.attacking() as session:
            assert attempt(session, select(name)) != 1
        (drifted,) = deployer.drift()
        assert drifted.startswith("Grant ")
        assert name in drifted
        deployer.create(next(grant for grant in definition.grants if grant.object_name == name))
        assert deployer.drift() == {}
        with door.attacking() as session:
            assert attempt(session, select(name)) == 1
    finally:
        deployer.close()
        with connect(door.database.admin) as admin:
            run(admin, "DROP POLICY IF EXISTS open_door ON public.pipeline_sessions")
