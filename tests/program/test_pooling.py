"""The pooling of a stack through the engine: what shrinks is refused, and a due restart leaves an empty plan."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.embedded.engine.engine import Result
from infra.embedded.engine.events import Op
from tests.clusters import Database
from tests.program.test_on_postgres import done, engine

AUTO = "SELECT pg_read_file('postgresql.auto.conf')"


def told(result: Result, word: str) -> list[str]:
    return [event.text for event in result.events if word in event.text]


@pytest.mark.full
def test_pools_and_server_settings_follow_the_stack_file(database18: Database, tmp_path: Path) -> None:
    """Set, told that a restart is due, nothing left to do, refused to shrink, and back again without a trace."""

    def at(**pooling: Any) -> Result:
        return engine(database18, tmp_path, pooling=json.dumps(pooling)).up()

    def auto() -> str:
        with database18.connect(user="admin") as admin:
            row = admin.execute(AUTO).fetchone()
        assert row
        return str(row[0])

    wider = {"maxConnections": 210, "pgStatStatements": {"trackUtility": False}}
    done(at(server=wider))
    assert "max_connections = '210'" in auto()
    assert "pg_stat_statements.track_utility = 'off'" in auto()
    again = engine(database18, tmp_path, pooling=json.dumps({"server": wider})).preview()
    assert done(again) == {Op.SAME}
    assert told(again, "max_connections: 210 waits for the server's next start")
    done(at(server=wider))
    before = auto()
    smaller = {"pipeline_service": {"size": 10}}
    refused = at(server=wider, pools=smaller)
    (error,) = refused.errors
    assert error.startswith(
        "POOL007 pooling.pools: pools shrink: pipeline_service 25 → 15. Before: 1 pooler × 1 database"
    )
    assert auto() == before
    agreed = at(server=wider, pools=smaller, shrinkTo=43)
    done(agreed)
    assert told(agreed, "[CAPACITY_NARROWED] POOL007")
    done(engine(database18, tmp_path, pooling=json.dumps({"server": wider, "pools": smaller})).up())
    assert done(engine(database18, tmp_path).destroy()) == {Op.DELETE}
    assert "=" not in auto()
