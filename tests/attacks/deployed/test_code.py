"""Code that runs with more rights than whoever calls it: functions, their search path, views."""

from typing import Final

import pytest
from psycopg import sql

from infra.models.function import Function, Security
from infra.pipeline.functions import FUNCTIONS
from infra.pipeline.names import ANON, CREATOR, MONITOR, OWNER, PRIVATE, SERVICE, SERVICE_ROLE
from infra.pipeline.rollout_access import FUNCTIONS as ROLLOUT_FUNCTIONS
from tests.attacks.doors import NO_PRIVILEGE, SECRET, Door, attempt
from tests.behaviour.rows import status
from tests.behaviour.writes import write_of
from tests.cluster_state import Connection

EVERY_FUNCTION: Final = (*FUNCTIONS, *ROLLOUT_FUNCTIONS)
#: Whom the definition lets call what, besides those whose function it is.
CALLERS: Final = {
    "public.get_creator_pipeline_status": {CREATOR, SERVICE, SERVICE_ROLE},
    "public.feature_enabled": {CREATOR, SERVICE_ROLE},
    "pipeline_private.metrics_between": {MONITOR},
    "pipeline_private.quantile_bounds": {MONITOR},
    "pipeline_private.refresh_metrics_rollup": {MONITOR},
}
#: What a call gives where it is no single row: no sums of no names, and no writing in a transaction that only reads.
GIVES: Final = {
    "pipeline_private.metrics_between": 0,
    "pipeline_private.refresh_metrics_rollup": "25006",
}
#: What the monitor has done runs as the owner: it has no rights of its own to write the sums.
BY_MONITOR: Final = "pipeline_private.refresh_metrics_rollup"


def call(function: Function) -> sql.Composed:
    """Return a call with nulls."""
    name = sql.Identifier(*function.qualified.split("."))
    nulls = (sql.SQL("NULL::") + sql.SQL(argument.type) for argument in function.arguments)
    return sql.SQL("SELECT {}({})").format(name, sql.SQL(", ").join(nulls))


@pytest.mark.attack("T3")
@pytest.mark.parametrize("role", [ANON, CREATOR, MONITOR, SERVICE, SERVICE_ROLE])
def test_every_function_by_everybody(door: Door, role: str) -> None:
    """PUBLIC may call none: each role is refused all but what it was given, and that runs with the caller's rights."""
    with door.pipeline.acting(role, door.attacker.user) as session:
        for function in EVERY_FUNCTION:
            allowed = role in CALLERS.get(function.qualified, set())
            expected = GIVES.get(function.qualified, 1) if allowed else NO_PRIVILEGE
            assert attempt(session, call(function)) == expected, function.identity


@pytest.mark.attack("T3")
def test_what_runs_as_its_owner_is_out_of_the_apis_sight(door: Door) -> None:
    """In the schema that the API shows nothing of ours runs as its owner; elsewhere it is nobody's to call."""
    with door.pipeline.admin() as admin:
        found = admin.execute(
            "SELECT p.pronamespace::regnamespace::text, p.proacl::text, p.proowner::regrole::text,"
            "       (SELECT rolsuper FROM pg_roles WHERE oid = p.proowner)"
            "  FROM pg_proc AS p WHERE p.prosecdef AND p.pronamespace::regnamespace::text ~ '^(public|pipeline_.*)$'"
        ).fetchall()
    definers = [function for function in EVERY_FUNCTION if function.security is Security.DEFINER]
    nobodys, monitors = f"{{{OWNER}=X/{OWNER}}}", f"{{{OWNER}=X/{OWNER},{MONITOR}=X/{OWNER}}}"
    expected = [monitors if function.qualified == BY_MONITOR else nobodys for function in definers]
    assert sorted(found) == sorted((PRIVATE, access, OWNER, False) for access in expected)


@pytest.mark.attack("T3")
@pytest.mark.parametrize("role", [CREATOR, SERVICE, SERVICE_ROLE, MONITOR])
def test_trigger_functions_on_a_table_of_ones_own(door: Door, role: str) -> None:
    """They run as their owner: nobody may make a trigger of them and so have them run on rows of one's own."""
    with door.pipeline.acting(role) as session:
        if role == MONITOR:
            session.execute("SET TRANSACTION READ WRITE")
        session.execute("CREATE TEMP TABLE bait (creator_profile_id uuid, updated_at timestamptz) ON COMMIT DROP")
        for function in EVERY_FUNCTION:
            if function.returns == "trigger":
                make = "CREATE TRIGGER bait AFTER INSERT ON bait FOR EACH ROW EXECUTE FUNCTION {}()"
                name = sql.Identifier(*function.qualified.split("."))
                assert attempt(session, sql.SQL(make).format(name)) == NO_PRIVILEGE, function.identity


#: Tables by the names that the functions read, with a trigger that says as whom it was fired.
TRAPS: Final = (
    "CREATE TEMP TABLE creator_profiles (id uuid, user_id uuid, cultural_motivation text, last_activity_at date)",
    "CREATE TEMP TABLE rollout_state (id bool, phase int, audience text, latched bool, beta_cap int)",
    "CREATE TEMP TABLE cohort_members (user_id uuid, kind text)",
    "CREATE TEMP TABLE feature_flags (name text, enabled bool, requires text, cohort_only bool, obeys_latch bool)",
    "CREATE TEMP TABLE creator_feature_flags (creator_profile_id uuid, flag_name text, flag_value bool)",
    "CREATE TEMP TABLE sign_up_counter (sign_ups int)",
    """CREATE FUNCTION pg_temp.trap() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'trapped as %%', current_user; END $$""",
    """CREATE FUNCTION pg_temp.now() RETURNS timestamptz LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'trapped as %%', current_user; END $$""",
    """CREATE FUNCTION pg_temp.count() RETURNS bigint LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'trapped as %%', current_user; END $$""",
    """CREATE FUNCTION pg_temp.eq(uuid, uuid) RETURNS bool LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'trapped as %%', current_user; END $$""",
    "CREATE OPERATOR pg_temp.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = pg_temp.eq)",
    "CREATE TRIGGER trap BEFORE UPDATE ON pg_temp.creator_profiles FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.trap()",
    "CREATE TRIGGER trap BEFORE UPDATE ON pg_temp.sign_up_counter FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.trap()",
    "INSERT INTO pg_temp.creator_profiles VALUES (%(profile)s, %(user)s, 'forged', NULL)",
    "INSERT INTO pg_temp.rollout_state VALUES (true, 5, 'everyone', false, NULL)",
    "INSERT INTO pg_temp.feature_flags VALUES ('CREATIVE_PIPELINE_FULL', true, NULL, false, false)",
    (
        "GRANT ALL ON pg_temp.creator_profiles, pg_temp.rollout_state, pg_temp.cohort_members, pg_temp.feature_flags,"
        " pg_temp.creator_feature_flags, pg_temp.sign_up_counter TO PUBLIC"
    ),
)
PATHS: Final = ("pg_temp, public, pipeline_private", "''", "pg_temp, pg_catalog")


@pytest.mark.attack("T4")
@pytest.mark.parametrize("role", [CREATOR, SERVICE])
def test_a_search_path_of_the_callers(any_door: Door, role: str) -> None:
    """Functions and triggers go on with the tables that they mean, and nothing of the caller's runs as their owner."""
    door = any_door
    with door.pipeline.unchanged(), door.trying(role) as session:
        for trap in TRAPS:
            session.execute(sql.SQL(trap), door.attacker.names)
        for path in PATHS:
            session.execute(sql.SQL("SET LOCAL search_path = " + path))
            go_on_with_traps(session, door, role)


def go_on_with_traps(session: Connection, door: Door, role: str) -> None:
    """Use every function and trigger that the role's statements lead to."""
    found = status(session, door.attacker.profile)
    assert found["profile"]["cultural_motivation"] == "stories"
    if role == CREATOR:
        flag = "SELECT public.feature_enabled('CREATIVE_PIPELINE_FULL')"
        assert session.execute(sql.SQL(flag)).fetchall() == [(False,)]
        again = "INSERT INTO public.creator_profiles (user_id) VALUES (%(user)s)"
        assert attempt(session, again, door.attacker.names) == "23505"
    if role == SERVICE or door.legacy:
        session.execute(write_of("row 6: a score").text, door.attacker.names)


@pytest.mark.attack("T4")
def test_every_path_is_pinned(door: Door) -> None:
    """Whoever owns a function, it looks in the catalog first and in the caller's temporary schema last."""
    with door.pipeline.admin() as admin:
        rows = admin.execute("SELECT proconfig FROM pg_proc WHERE proowner = 'pipeline_owner'::regrole").fetchall()
    assert rows == [(["search_path=pg_catalog, pg_temp"],)] * len(EVERY_FUNCTION)


@pytest.mark.attack("T5")
def test_the_overview_has_its_readers_rights(any_door: Door) -> None:
    """One's own row; nothing for a visitor; and its owner, no superuser, sees no more through it than row security."""
    door = any_door
    with door.attacking() as session:
        rows = session.execute("SELECT id, readiness_score FROM public.creator_pipeline_overview").fetchall()
    assert [row[0] for row in rows] == [door.attacker.profile]
    with door.pipeline.acting(ANON, door.victim.user) as session:
        assert attempt(session, "SELECT FROM public.creator_pipeline_overview") == NO_PRIVILEGE
    with door.pipeline.admin() as admin:
        found = admin.execute(
            "SELECT c.reloptions, r.rolname, r.rolsuper FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner"
            " WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace"
        ).fetchall()
    ((options, owner, superuser),) = found
    assert "security_invoker=true" in options
    assert (owner, superuser) == (OWNER, False)


@pytest.mark.attack("T5")
@pytest.mark.parametrize("options", ["security_invoker = false", "security_invoker = true", "security_barrier = true"])
def test_a_view_of_the_attackers_own(door: Door, options: str) -> None:
    """A view over our tables reads with its maker's rights at most: the attacker's own."""
    with door.attacking() as session:
        view = f"CREATE TEMP VIEW peek WITH ({options}) AS SELECT id, cultural_motivation FROM public.creator_profiles"
        session.execute(sql.SQL(view))
        session.execute("GRANT SELECT ON peek TO PUBLIC")
        assert session.execute("SELECT * FROM peek").fetchall() == [(door.attacker.profile, "stories")]
        session.execute("DROP VIEW peek")
    with door.attacking() as session:
        assert attempt(session, "CREATE VIEW public.peek AS SELECT * FROM public.creator_profiles") == NO_PRIVILEGE


LEAKPROOF: Final = """
    CREATE FUNCTION pg_temp.tell(told text) RETURNS boolean LANGUAGE plpgsql LEAKPROOF COST 0.0000001 AS
    $$ BEGIN RAISE NOTICE '%', told; RETURN true; END $$
"""


@pytest.mark.attack("T8")
@pytest.mark.parametrize("role", [CREATOR, SERVICE, "deployer"])
def test_a_leakproof_function(door: Door, role: str) -> None:
    """Declared so it would come before the policies: only a superuser may, and whoever deploys is none."""
    told: list[str] = []
    with door.deploying() if role == "deployer" else door.pipeline.acting(role, door.attacker.user) as session:
        session.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
        assert attempt(session, LEAKPROOF) == NO_PRIVILEGE
        session.execute(sql.SQL(LEAKPROOF.replace("LEAKPROOF", "")))
        assert attempt(session, "ALTER FUNCTION pg_temp.tell LEAKPROOF") == NO_PRIVILEGE
        session.execute("SELECT FROM public.creator_profiles WHERE pg_temp.tell(cultural_motivation)")
        session.execute("DROP FUNCTION pg_temp.tell")
    assert (SECRET in told) is (role != CREATOR)
