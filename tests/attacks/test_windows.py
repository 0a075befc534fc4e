"""While things are changed nobody sees more than before and after, or nothing: asked all the time, by each way in."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final
from uuid import UUID

import pytest
from psycopg import sql

from infra.database.beside import read_beside
from infra.ddl.templates import SQL_ROOT
from infra.drift.beside import Known
from infra.models.access import Access
from infra.models.definition import Definition
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from infra.pipeline.tables import TABLES
from tests.attacks.doors import one_connection
from tests.clusters import Database
from tests.deploying import Deployer, deploy
from tests.phases.rollouts import stage
from tests.polling import Poller
from tests.reference_database import build_reference
from tests.seeding import seed

COUNTS: Final = ", ".join(f"(SELECT count(*) FROM public.{table.name})" for table in TABLES)
#: How many rows of each table the caller sees.
ROWS: Final = f"SELECT concat_ws(' ', {COUNTS})"
OVERVIEW: Final = "SELECT count(*) FROM public.creator_pipeline_overview"
#: A seeded creator's rows, and everybody's.
OWN, ALL, NONE = "1 40 2 1 1 60 1", "3 120 6 3 3 180 3", "0 0 0 0 0 0 0"
FORBIDDEN, GONE = "42501", "42P01"
NOBODY: Final = UUID(int=0)


@contextmanager
def asking(database: Database, *asked: tuple[str, str, UUID]) -> Iterator[list[Poller]]:
    """Ask each query as a role and a user, directly and through a pooler with one server connection, all the time."""
    pooler = one_connection(database)
    direct = database.authenticator
    pooled = pooler.through(direct)
    pollers = [Poller(target, query, role, user) for query, role, user in asked for target in (direct, pooled)]
    try:
        with ExitStack() as stack:
            for poller in pollers:
                stack.enter_context(poller)
            yield pollers
    finally:
        pooler.stop()
    assert all(len(poller.seen) > 20 for poller in pollers), [len(poller.seen) for poller in pollers]


def answers(pollers: list[Poller], query: str, role: str = "authenticated", user: UUID = NOBODY) -> list[list[str]]:
    """Return what those who asked this were told, in the order in which each answer first came."""
    return [p.answers() for p in pollers if (p.query, p.role) == (query, role) and user in (NOBODY, p.user)]


#: Tries every statement, and says which were not refused: as one question, so that it is asked often enough.
REACH: Final = """
    CREATE SCHEMA attack;
    CREATE FUNCTION attack.reach(statements text[]) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE
      one text; reached text := '';
    BEGIN
      FOREACH one IN ARRAY statements LOOP
        BEGIN
          EXECUTE one;
          reached := reached || one || '; ';
        EXCEPTION
          WHEN undefined_table OR undefined_function OR invalid_schema_name THEN
          WHEN insufficient_privilege THEN
            -- A function that was called, and met a refusal only inside, was open.
            IF one ~ '[(]' AND SQLERRM !~ '^permission denied for (function|schema) ' THEN
              reached := reached || one || '; ';
            END IF;
        END;
      END LOOP;
      RETURN reached;
    END $$;
    GRANT USAGE ON SCHEMA attack TO anon, authenticated, service_role
"""


#: Makes every moment before something is closed a long one, for whoever sees what was committed before it.
PAUSES: Final = """
    CREATE FUNCTION attack.pause() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.02); END $$;
    CREATE EVENT TRIGGER pause ON ddl_command_start WHEN TAG IN ('REVOKE') EXECUTE FUNCTION attack.pause()
"""


def reach(definition: Definition, role: str) -> str:
    """Return the question which of the statements that a role may never run are not refused."""
    tables = [table.identity for table in definition.tables]
    statements = [f"DELETE FROM {name} WHERE false" for name in tables if role != "service_role"]
    statements += ["DELETE FROM public.creator_profiles WHERE false"]
    if role == "anon":
        statements += [f"SELECT FROM {name}" for name in (*tables, OVERVIEW.rpartition(" ")[2])]
        statements += ["SELECT public.feature_enabled('X')", "SELECT public.get_creator_pipeline_status(NULL)"]
    statements += ["SELECT pipeline_private.kill_switch('me', 'mine')"]
    listed = ", ".join("'" + statement.replace("'", "''") + "'" for statement in statements)
    return f"SELECT attack.reach(ARRAY[{listed}])"


@pytest.mark.attack("T33")
@pytest.mark.attack("T3")
def test_everything_is_born_closed(database: Database) -> None:
    """The platform's default privileges would open each table, view and function: nobody ever gets through."""
    with database.connect(user="admin") as admin:
        admin.execute(sql.SQL(REACH))
        admin.execute(sql.SQL(PAUSES))
    definition = define(rollout(5), deployer=database.deployer.user)
    roles = ("anon", "authenticated", "service_role")
    with asking(database, *((reach(definition, role), role, NOBODY) for role in roles)) as pollers:
        deploy(database.deployer).close()
    assert [poller.answers() for poller in pollers] == [[""]] * len(pollers)


#: What somebody makes beside the pipeline, as the same login; by the platform's defaults it is open at once.
STRANGE: Final = (
    ("CREATE TABLE public.notes (words text)", "table public.notes is not ours and has no row security"),
    (
        "CREATE MATERIALIZED VIEW public.copies AS SELECT * FROM public.creator_profiles",
        "materialized view public.copies is not ours and shows our rows past row security",
    ),
    (
        "CREATE VIEW public.peeks AS SELECT * FROM public.creator_pipeline_overview",
        "view public.peeks is not ours and shows our rows past row security",
    ),
)
SHUT: Final = (
    "CREATE TABLE public.shut (words text)",
    "ALTER TABLE public.shut ENABLE ROW LEVEL SECURITY",
    "CREATE VIEW public.own WITH (security_invoker = true) AS SELECT * FROM public.creator_profiles",
    "CREATE TABLE public.unseen (words text)",
    "REVOKE ALL ON public.unseen FROM anon, authenticated",
)


@pytest.mark.attack("T33")
@pytest.mark.attack("T9")
@pytest.mark.attack("T5")
def test_what_somebody_else_leaves_open_is_told(database: Database) -> None:
    """A table, a copy and a view of somebody else's are open to every visitor: `drift` and `up` say so, by name."""
    deployer = deploy(database.deployer)
    seed(database)
    with database.connect() as somebody:
        for statement in (*SHUT, *(made for made, _ in STRANGE)):
            somebody.execute(sql.SQL(statement))
    with database.connect("anon") as anon:
        assert anon.execute("DELETE FROM public.notes").rowcount == 0
        assert anon.execute("SELECT FROM public.copies").rowcount == 3
    tables = [table.identity for table in deployer.definition.tables]
    known = Known(relations=frozenset(tables), schemas=frozenset({"public", "pipeline_private"}))
    told = [line for line in read_beside(deployer.workspace.session, known).left_alone if "row security" in line]
    deployer.close()
    assert sorted(told) == sorted(f"{said}: {_WHO[said.split()[0]]}" for _, said in STRANGE)


_WHO: Final = {
    "table": "anon, authenticated may reach every row of it",
    "materialized": "anon, authenticated may read it",
    "view": "anon, authenticated may read it",
}


@pytest.mark.attack("T34")
def test_adopting_a_database_in_use(database: Database) -> None:
    """A creator sees the own rows throughout, a visitor nothing; what leaked is shut in one moment."""
    build_reference(database)
    user, *_ = seed(database)
    asked = [(ROWS, "authenticated", user), (ROWS, "authenticated", NOBODY), (ROWS, "anon", NOBODY)]
    with asking(database, *asked, (OVERVIEW, "authenticated", user)) as pollers:
        deploy(database.deployer).close()
    assert answers(pollers, ROWS, user=user) == [[OWN]] * 2
    assert [p.answers() for p in pollers if p.user == NOBODY and p.role == "authenticated"] == [[NONE]] * 2
    assert answers(pollers, ROWS, "anon") == [[NONE, FORBIDDEN]] * 2
    assert answers(pollers, OVERVIEW) == [["3", "1"]] * 2


@pytest.mark.attack("T34")
@pytest.mark.attack("T35")
def test_every_phase_up_and_down(database: Database) -> None:
    """What a creator reads is the same in each phase, and in each moment between two."""
    made = stage(database, 1)
    user, *_ = seed(database)
    with asking(database, (ROWS, "authenticated", user), (ROWS, "anon", NOBODY)) as pollers:
        for number in (2, 3, 4, 5, 3, 1):
            made.enter(number)
    made.deployer.close()
    assert answers(pollers, ROWS) == [[OWN]] * 2
    assert answers(pollers, ROWS, "anon") == [[FORBIDDEN]] * 2


SCORE: Final = (
    "WITH made AS (INSERT INTO public.assessment_scores (creator_profile_id, dimension, score)"
    " SELECT id, 'mine', 1 FROM public.creator_profiles WHERE false RETURNING 1) SELECT 'allowed'::text FROM"
    " (SELECT count(*) FROM made) AS m"
)


@pytest.mark.attack("T34")
@pytest.mark.attack("T35")
def test_switching_who_writes_results(database: Database) -> None:
    """Going from `legacy` to `service` drops policies, and back makes them: reading is never touched by it."""
    legacy, service = (
        define(rollout(5), deployer=database.deployer.user, access=access, access_stated=True)
        for access in (Access.LEGACY, Access.SERVICE)
    )
    deployer = Deployer(database.deployer, legacy)
    deployer.up()
    user, *_ = seed(database)
    with asking(database, (ROWS, "authenticated", user), (SCORE, "authenticated", user)) as pollers:
        for definition in (service, legacy):
            deployer.definition = definition
            for model in (*definition.policies, *definition.grants):
                deployer.create(model)
    deployer.close()
    assert answers(pollers, ROWS) == [[OWN]] * 2
    assert answers(pollers, SCORE) == [["allowed", FORBIDDEN]] * 2
    assert {p.seen[-1][1] for p in pollers if p.query == SCORE} == {"allowed"}


@pytest.mark.attack("T35")
def test_a_policy_that_must_be_made_anew(database: Database) -> None:
    """Dropped and made in one transaction: from everybody's rows to one's own, never nothing, and no error."""
    deployer = deploy(database.deployer)
    user, *_ = seed(database)
    policies = [policy for policy in deployer.definition.policies if policy.name == "creator_select"]
    with database.connect(user="admin") as admin:
        for policy in policies:
            place = sql.Identifier(*policy.relation.split("."))
            admin.execute(sql.SQL("DROP POLICY creator_select ON {}").format(place))
            admin.execute(sql.SQL("CREATE POLICY creator_select ON {} TO authenticated USING (true)").format(place))
    with asking(database, (ROWS, "authenticated", user)) as pollers:
        for policy in policies:
            deployer.create(policy)
    deployer.close()
    for poller in pollers:
        assert poller.seen[0][1] == ALL
        assert poller.seen[-1][1] == OWN
        assert all(answer in _between() for answer in poller.answers()), poller.answers()


def _between() -> set[str]:
    """Return every step from all rows to the own ones, a table after the other."""
    own, all_rows = OWN.split(), ALL.split()
    return {" ".join((*own[:done], *all_rows[done:])) for done in range(len(own) + 1)}


@pytest.mark.attack("T35")
def test_taking_away_and_putting_back(database: Database) -> None:
    """While the tables are parked and put back a creator sees the own rows or none, and nobody more."""
    deploy(database.deployer).close()
    user, *_ = seed(database)
    with asking(database, (ROWS, "authenticated", user), (ROWS, "anon", NOBODY)) as pollers:
        for name in ("remove.sql", "restore.sql"):
            database.psql("--quiet", f"--file={SQL_ROOT / 'rollback' / name}")
    for poller in pollers:
        expected = {OWN, FORBIDDEN, GONE} if poller.role == "authenticated" else {FORBIDDEN, GONE}
        assert set(poller.answers()) <= expected
        assert poller.seen[-1][1] == poller.seen[0][1] == (OWN if poller.role == "authenticated" else FORBIDDEN)
