"""The program on real servers through the embedded engine and the real provider."""

import json
import re
from pathlib import Path

import pytest

from infra.embedded.engine.engine import Engine, Result
from infra.embedded.engine.events import Op
from tests.clusters import Database
from tests.program.graph import ROOT


def engine(database: Database, state: Path, **config: str) -> Engine:
    """Return the engine for the dev stack, on this database instead of the embedded one."""
    target = database.deployer
    address = {"host": target.host, "port": target.port, "name": target.name, "user": target.user}
    values = {"database": json.dumps(address | {"sslmode": "disable"}), **config}
    return Engine(ROOT, "dev", state, extra_config=values, extra_secrets={"databasePassword": target.password or ""})


def done(result: Result) -> set[Op]:
    assert result.ok, result.errors
    return {op for op, count in result.changes.items() if count}


def test_it_deploys_changes_nothing_more_and_goes_away(database: Database, tmp_path: Path) -> None:
    """Created, the same again, and deleted: in an order that PostgreSQL accepts both ways."""
    assert done(engine(database, tmp_path).up()) == {Op.CREATE}
    _changes_nothing_more(database, tmp_path)
    assert done(engine(database, tmp_path).destroy()) == {Op.DELETE}


@pytest.mark.full
def test_metrics_by_month_are_deployed_change_nothing_more_and_go_away(database: Database, tmp_path: Path) -> None:
    """The months come after all that they need, and go with their table."""
    by_month = {"metrics": json.dumps({"partitioned": True, "keepMonths": 12})}
    assert done(engine(database, tmp_path, **by_month).up()) == {Op.CREATE}
    _changes_nothing_more(database, tmp_path, **by_month)
    with database.connect() as deployer:
        deployer.execute(
            "SELECT pipeline_private.add_month('public.pipeline_metrics', 'pipeline_metrics', '2020-01-01')"
        )
    assert done(engine(database, tmp_path, **by_month).preview()) == {Op.SAME, Op.UPDATE}
    assert done(engine(database, tmp_path, **by_month).up()) == {Op.SAME, Op.UPDATE}
    assert done(engine(database, tmp_path, **by_month).preview()) == {Op.SAME}
    assert done(engine(database, tmp_path, **by_month).destroy()) == {Op.DELETE}


def _changes_nothing_more(database: Database, state: Path, **config: str) -> None:
    """A second `up` reads and leaves everything as it is: the server's log shows no statement that changes anything."""
    with database.connect(user="admin") as admin:
        admin.execute("ALTER ROLE deployer SET log_statement = 'mod'")
    length = len(database.log())
    assert done(engine(database, state, **config).up()) == {Op.SAME}
    logged = re.findall(r"(?:statement|execute [^:]*): (.*)", database.log()[length:])
    assert logged == []
    with database.connect(user="deployer") as deployer:
        deployer.execute("COMMENT ON SCHEMA pipeline_private IS 'seen in the log'")
    assert "seen in the log" in database.log()[length:]


@pytest.mark.full
def test_access_can_be_changed_both_ways(database18: Database, tmp_path: Path) -> None:
    """Policies and grants follow the stack file; the tables stay as they are."""
    done(engine(database18, tmp_path).up())
    for access in ("legacy", "service"):
        result = engine(database18, tmp_path, access=access).up()
        done(result)
        touched = {event.urn.split("::")[2].rpartition(":")[2] for event in result.events if event.op in _WRITES}
        assert touched
        # The gate, too: it proves row security against the access.
        assert touched <= {"Gate", "Grant", "Policy", "Stack", "creative-pipeline"}
        assert done(engine(database18, tmp_path, access=access).preview()) == {Op.SAME}


_WRITES = (Op.CREATE, Op.UPDATE, Op.DELETE, Op.REPLACE)


@pytest.mark.full
def test_a_protected_stack_is_not_destroyed(database18: Database, tmp_path: Path) -> None:
    """`protect` stands between `destroy` and every table, until the stack file says otherwise.

    That it stands there is seen in each round, by command (tests/cli/test_flow.py).
    """
    done(engine(database18, tmp_path, protect="true").up())
    refused = engine(database18, tmp_path, protect="true").destroy()
    assert not refused.ok
    assert any("creator_profiles" in text and text.startswith("ENG004") for text in refused.errors)
    done(engine(database18, tmp_path, protect="false").up())
    assert done(engine(database18, tmp_path).destroy()) == {Op.DELETE}


def test_a_bad_configuration_is_told_as_it_is(database18: Database, tmp_path: Path) -> None:
    """The engine passes the program's own errors on, all of them, and nothing is touched."""
    result = engine(database18, tmp_path, phase="6", protect='"perhaps"').up()
    assert not result.ok
    lines = "\n".join(result.errors).splitlines()
    assert [line.partition(" Fix: ")[0] for line in lines] == [
        "CFG001 phase: 6 is not a phase. Allowed: 1 to 5.",
        'CFG002 protect: a text where true or false is expected ("perhaps"). Allowed: true, false.',
    ]
    assert all("pulumi:pulumi:Stack" in event.urn for event in result.events if event.op in _WRITES)
