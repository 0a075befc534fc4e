"""What is told on the side: statistics, estimates, times, other sessions' statements."""

from typing import Final

import psycopg
import pytest
from psycopg import sql

from infra.database.releases import RELEASES
from infra.database.server import version_warnings
from infra.database.target import Target
from infra.database.workspace import open_workspace
from infra.pipeline.names import ANON, CREATOR, MONITOR, SERVICE
from tests.attacks.doors import NO_PRIVILEGE, OWNED, SECRET, SECRET_SCORE, Door, attempt
from tests.behaviour.pipelines import PASSWORD
from tests.cluster_state import connect

CVE: Final = "CVE-2025-8713"
#: The exploit: the planner asks an operator of the attacker's own about the values that it has kept of a column.
OPERATORS: Final = (
    """CREATE FUNCTION pg_temp.tell_score(told int, asked int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
       $$ BEGIN RAISE NOTICE 'told: %', told; RETURN true; END $$""",
    """CREATE FUNCTION pg_temp.tell_words(told text, asked text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
       $$ BEGIN RAISE NOTICE 'told: %', told; RETURN true; END $$""",
    "CREATE OPERATOR pg_temp.<<< (LEFTARG = int, RIGHTARG = int, FUNCTION = pg_temp.tell_score, RESTRICT = {})",
    "CREATE OPERATOR pg_temp.<<< (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.tell_words, RESTRICT = {})",
)
ASKED: Final = (
    "EXPLAIN SELECT FROM public.creator_profiles WHERE readiness_score OPERATOR(pg_temp.<<<) 0",
    "EXPLAIN SELECT FROM public.creator_profiles WHERE cultural_motivation OPERATOR(pg_temp.<<<) ''",
    "EXPLAIN SELECT FROM public.creator_pipeline_overview WHERE readiness_score OPERATOR(pg_temp.<<<) 0",
    "EXPLAIN SELECT FROM public.assessment_scores WHERE score OPERATOR(pg_temp.<<<) 0",
)
FOREIGN: Final = {SECRET, str(SECRET_SCORE)}


@pytest.mark.attack("T29")
@pytest.mark.parametrize("estimator", ["scalarltsel", "eqsel", "contsel", "matchingsel"])
def test_the_planners_statistics(door: Door, estimator: str) -> None:
    """Planning for the attacker, the server shows no value of a hidden row to a function of the attacker's own."""
    told: set[str] = set()
    with door.trying() as session:
        session.add_notice_handler(lambda notice: told.add(str(notice.message_primary).removeprefix("told: ")))
        for statement in OPERATORS:
            session.execute(sql.SQL(statement.replace("{}", estimator)))
        for statement in ASKED:
            attempt(session, statement)
    assert not told & FOREIGN
    with door.database.connect(user="admin") as admin, admin.transaction(force_rollback=True):
        admin.add_notice_handler(lambda notice: told.add(str(notice.message_primary).removeprefix("told: ")))
        for statement in OPERATORS:
            admin.execute(sql.SQL(statement.replace("{}", "scalarltsel")))
        for statement in ASKED:
            admin.execute(sql.SQL(statement))
    assert told & FOREIGN, "the exploit itself must work for whom row security does not bind"


@pytest.mark.attack("T29")
@pytest.mark.parametrize("role", [ANON, CREATOR, SERVICE, MONITOR])
def test_the_statistics_themselves(door: Door, role: str) -> None:
    """The catalog's tables of them are closed, their view shows nothing of tables with row security."""
    with door.pipeline.acting(role, door.attacker.user) as session:
        for name in ("pg_statistic", "pg_statistic_ext_data"):
            assert attempt(session, f"SELECT FROM pg_catalog.{name}") == NO_PRIVILEGE
        shown = "SELECT FROM pg_stats WHERE schemaname IN ('public', 'pipeline_private')"
        assert attempt(session, shown) == 0
    with door.pipeline.admin() as admin:
        assert admin.execute(shown).rowcount > 0


@pytest.mark.attack("T29")
def test_a_server_that_still_tells_them(door: Door) -> None:
    """Before the first change a server behind the mend is warned of, by its number; ours says what it lacks."""
    for major, minor in RELEASES[0].minors.items():
        (told,) = version_warnings(major * 10000 + minor - 1)
        assert CVE in told
        assert CVE not in "".join(version_warnings(major * 10000 + minor))
    workspace = open_workspace(door.database.server.target("deployer", door.database.name), application_name="test")
    assert workspace.warnings == version_warnings(workspace.session.version)
    workspace.close()
    assert CVE not in "".join(workspace.warnings)


@pytest.mark.attack("T29")
@pytest.mark.parametrize("role", [ANON, CREATOR, SERVICE, MONITOR])
def test_operators_that_stay(door: Door, role: str) -> None:
    """Nobody but who deploys leaves an operator or a function where others would meet it."""
    with door.pipeline.acting(role, door.attacker.user) as session:
        if role == MONITOR:
            session.execute("SET TRANSACTION READ WRITE")
        for schema in ("public", "pipeline_private", "pipeline_archive"):
            operator = f"CREATE OPERATOR {schema}.<<< (LEFTARG = int, RIGHTARG = int, FUNCTION = int4lt)"
            assert attempt(session, operator) == NO_PRIVILEGE
            function = f"CREATE FUNCTION {schema}.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'"
            assert attempt(session, function) == NO_PRIVILEGE


#: Estimates are accepted: they tell how many rows there are, and of no row what is in it.
TIMEOUTS: Final = {"authenticator": "8s", SERVICE: "8s", MONITOR: "5s"}


@pytest.mark.attack("T38")
def test_estimates(door: Door) -> None:
    """EXPLAIN works for creators; ANALYZE counts what was filtered out, which is accepted, and shows no value."""
    with door.attacking() as session:
        for name in OWNED:
            plan = session.execute(sql.SQL("EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM {}").format(_public(name)))
            text = "\n".join(row[0] for row in plan.fetchall())
            assert SECRET not in text
            assert str(door.victim.profile) not in text
            assert str(door.victim.user) not in text


def _public(name: str) -> sql.Identifier:
    return sql.Identifier("public", name)


def login(door: Door, role: str) -> Target:
    """Return the login of a role, through the door."""
    if role == "authenticator":
        return door.database.authenticator
    return door.database.deployer.model_copy(update={"user": role, "password": PASSWORD})


@pytest.mark.attack("T38")
@pytest.mark.parametrize("role", TIMEOUTS)
def test_every_login_has_a_limit(door: Door, role: str) -> None:
    """Guessing by time ends with the statement: each login's limit is in force from its first one."""
    with connect(login(door, role)) as connection:
        assert connection.execute("SHOW statement_timeout").fetchall() == [(TIMEOUTS[role],)]
        with connection.transaction():
            assert connection.execute("SHOW statement_timeout").fetchall() == [(TIMEOUTS[role],)]


@pytest.mark.full
@pytest.mark.attack("T38")
@pytest.mark.parametrize("role", TIMEOUTS)
def test_a_statement_without_end(door: Door, role: str) -> None:
    """It is ended by the login's limit."""
    ended = pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout")
    with connect(login(door, role)) as connection, ended:
        connection.execute("SELECT pg_sleep(60)")


@pytest.mark.attack("T39")
def test_other_sessions_statements(door: Door) -> None:
    """The views of activity and of statements show a creator nobody else's text."""
    words = "words-in-a-statement"
    with door.pipeline.acting(SERVICE) as service:
        service.execute(sql.SQL("SELECT {}").format(sql.Literal(words)))
        with door.attacking() as session:
            seen = session.execute("SELECT query FROM pg_stat_activity WHERE usename <> 'authenticator'").fetchall()
            kept = session.execute(
                "SELECT s.query FROM extensions.pg_stat_statements AS s JOIN pg_roles AS r ON r.oid = s.userid"
                " WHERE r.rolname IN ('pipeline_service', 'deployer')"
            ).fetchall()
        with door.pipeline.admin() as admin:
            everything = admin.execute("SELECT query FROM pg_stat_activity").fetchall()
    assert any(words in (text or "") for (text,) in everything)
    assert {text for (text,) in seen if text} <= {"<insufficient privilege>"}
    assert {text for (text,) in kept} == {"<insufficient privilege>"}
