"""The application goes on while everything is done to its database that a deploy does, and no acknowledged row goes."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final, LiteralString

import pytest

from bench.ground import in_the_way
from infra.database import ladder
from infra.ddl.templates import SQL_ROOT
from infra.errors import RolloutError
from tests.clusters import Database
from tests.faults.applications import (
    BLOCKER,
    READING,
    WRITING,
    Application,
    deployed,
    deployer_of,
    neighbours,
    of_today,
    on_pipeline,
)
from tests.faults.conftest import Fault
from tests.phases.rollouts import Stage

#: Longer than anything here takes: whoever is in the way goes when the test says so.
FOR_LONG: Final = 300.0
#: A script asks for its locks unless somebody has been there for longer than it would wait for one.
LONG_ENOUGH: Final = 2.0
OTHER_INDEXES: Final[tuple[LiteralString, ...]] = (
    "DROP INDEX CONCURRENTLY public.creator_profiles_performance_idx",
    "DROP INDEX CONCURRENTLY public.assessment_scores_dimension_idx",
    "CREATE INDEX CONCURRENTLY assessment_scores_dimension_idx ON public.assessment_scores (score)",
)
UNDER_LOAD: Final = "two writers and two readers"
ALL_WELL: Final = "nothing failed or lost"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ladder's pauses be short; its rungs are what they are."""
    monkeypatch.setattr(ladder, "PAUSES", (0.1, 0.2, 0.3, 0.4))


@pytest.mark.fault("F34", how=f"phase 1 is deployed beside tables in use, {UNDER_LOAD}", result=ALL_WELL)
def test_a_deploy_beside_other_tables(database: Database, fault: Fault) -> None:
    """Making tables that refer to the users stops no sign-up."""
    application = neighbours(database)
    with application.beside(), fault.recovering(), deployed(database):
        pass
    application.went_on()


@pytest.mark.fault("F34", how=f"today's database is adopted, {UNDER_LOAD}", result=ALL_WELL)
def test_an_adoption(database: Database, fault: Fault) -> None:
    """Row security is forced, policies, view and triggers are replaced: nobody sees a moment without them."""
    application = of_today(database)
    with application.beside(), fault.recovering(), deployed(database):
        pass
    application.went_on()


@pytest.mark.fault("F34", how=f"phases 1 to 5 and back, {UNDER_LOAD}", result=ALL_WELL)
def test_every_phase(database: Database, fault: Fault) -> None:
    """Going up and down changes flags and grants, and takes nothing from creators who are in."""
    with deployed(database) as deployer:
        application, stage = on_pipeline(database), Stage(database, deployer)
        with application.beside():
            for number in (2, 3, 4, 5):
                stage.enter(number)
            with fault.recovering():
                for number in (4, 3, 2, 1):
                    stage.enter(number)
        application.went_on()


@pytest.mark.fault("F34", how=f"an index is built, one replaced, {UNDER_LOAD}", result=ALL_WELL)
def test_index_builds(database: Database, fault: Fault) -> None:
    """The guide's index and one of another definition under a name of ours are built while rows are written."""
    with deployed(database) as deployer:
        application = on_pipeline(database)
        with database.connect() as connection:
            for statement in OTHER_INDEXES:
                connection.execute(statement)
        with application.beside(), fault.recovering():
            for index in deployer.definition.indexes:
                deployer.create(index)
        application.went_on()
        assert deployer.drift() == {}


@pytest.mark.fault(
    "F34",
    how=f"destroy, then restore.sql, then remove.sql, {UNDER_LOAD}",
    result="only what asks for the removed API is refused; every acknowledged row is in the archive, and comes back",
)
def test_removals(database: Database, fault: Fault) -> None:
    with deployed(database) as deployer:
        application = on_pipeline(database)
        with application.beside():
            with fault.recovering():
                deployer.down()
            application.asks_on()
        application.was_shut_out()
    _psql(database, "restore.sql")
    written = application.account.rows
    with application.beside():
        with fault.recovering():
            _psql(database, "remove.sql")
        application.asks_on()
    application.was_shut_out()
    for table, rows in written.items():
        application.account.rows.setdefault(table, []).extend(rows)
    application.was_shut_out()


@pytest.mark.usefixtures("hasty")
@pytest.mark.fault(
    "F11",
    how=f"a transaction that has read the table stays open during an adoption, {UNDER_LOAD}",
    result="refused, naming it; nobody waits longer than the lock timeout; the same command converges",
)
def test_an_adoption_behind_a_long_reader(database18: Database, fault: Fault) -> None:
    _meets(of_today(database18), READING, "creator_profiles", fault)


@pytest.mark.full
@pytest.mark.usefixtures("hasty")
@pytest.mark.fault(
    "F12",
    how=f"a transaction that has changed a user stays open while tables refer to them, {UNDER_LOAD}",
    result="refused, naming it; nobody waits longer than the lock timeout; the same command converges",
)
def test_a_deploy_behind_a_long_writer(database18: Database, fault: Fault) -> None:
    _meets(neighbours(database18), WRITING, "users", fault)


@pytest.mark.full
@pytest.mark.usefixtures("hasty")
@pytest.mark.fault(
    "F11",
    how=f"a transaction that has read the table stays open during a destroy, {UNDER_LOAD}",
    result="refused, naming it; nobody waits longer than the lock timeout; the same command converges",
)
def test_a_removal_behind_a_long_reader(database18: Database, fault: Fault) -> None:
    with deployed(database18) as deployer:
        application = on_pipeline(database18)
        with _refused(application, READING):
            deployer.down()
        with fault.recovering():
            deployer.down()
        application.was_shut_out()


@pytest.mark.fault(
    "F11",
    how=f"a transaction that has read the table stays open while remove.sql is run, {UNDER_LOAD}",
    result="refused before anybody queues, naming it; the same script converges",
)
def test_a_script_behind_a_long_reader(database18: Database, fault: Fault) -> None:
    remove = f"--file={SQL_ROOT / 'rollback' / 'remove.sql'}"
    with deployed(database18):
        application = on_pipeline(database18)
    with in_the_way(database18.admin, READING, FOR_LONG), application.beside():
        time.sleep(LONG_ENOUGH)
        refused = database18.psql("--quiet", remove, check=False)
    assert refused.returncode == 3
    assert "DB004 in use: creator_profiles by pid " in refused.stderr.replace("public.", "")
    assert BLOCKER in refused.stderr
    assert application.waits.totals() == {}
    application.went_on()
    with application.beside():
        with fault.recovering():
            database18.psql("--quiet", remove)
        application.asks_on()
    application.was_shut_out()


def _meets(application: Application, statement: LiteralString, table: str, fault: Fault) -> None:
    """Deploy behind a transaction that does not end, and again once it has."""
    database = application.database
    with closing(deployer_of(database)) as deployer:
        with _refused(application, statement):
            deployer.up()
        application.went_on()
        assert any(table in relation for relation in application.waits.totals())
        with application.beside(), fault.recovering():
            deployer.up()
        application.went_on()
        assert deployer.drift() == {}


@contextmanager
def _refused(application: Application, statement: LiteralString) -> Iterator[None]:
    """Expect what is done inside, behind this statement's transaction, to be refused, naming it and in good time."""
    raised, way = (
        pytest.raises(RolloutError, match=BLOCKER),
        in_the_way(application.database.admin, statement, FOR_LONG),
    )
    with way, application.beside(), raised as refusal:
        yield
    assert refusal.value.code == "DB004"
    application.waited_little()


def _psql(database: Database, script: str) -> None:
    database.psql("--quiet", f"--file={SQL_ROOT / 'rollback' / script}")
