"""PgBouncer beside the embedded database: both ways are printed, the second `up` finds nothing, saturation is told."""

from contextlib import ExitStack

import psycopg
import pytest

from infra.pipeline.pooling import DEFAULTS
from infra.pooling.versions import installed_version
from tests.cli.commands import Project
from tests.cli.on_server import document, on_server, run
from tests.clusters import Database
from tests.pooler import CONSOLE_PASSWORD, require_pgbouncer, start_pooler


@pytest.mark.full
def test_the_pooler_comes_and_goes_with_the_embedded_database(project: Project) -> None:
    require_pgbouncer()
    up = project.rollout("db", "start", "--json").document
    assert up["pooledDsn"].startswith("postgresql://authenticator@127.0.0.1:")
    assert up["pooledDsn"].split("?")[0] != up["dsn"].split("?")[0]
    dsn = project.rollout("db", "url", "--pooled", open_secret=True).out.strip()
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT current_user").fetchall() == [("authenticator",)]
    _saturate(project, dsn)
    assert project.rollout("db", "stop").code == 0
    gone = project.rollout("pool", "status")
    assert (gone.code, gone.err.split(":")[0]) == (1, "EMB003 embedded PgBouncer")
    back = project.rollout("db", "start")
    assert up["pooledDsn"] in back.out


def _saturate(project: Project, dsn: str) -> None:
    """With every connection of the pool in a transaction a further client waits, and `pool status` ends with 3."""
    size = DEFAULTS.pools["authenticator"].most
    with ExitStack() as stack:
        for _ in range(size):
            stack.enter_context(psycopg.connect(dsn)).execute("SELECT 1")
        waiting = psycopg.connect(dsn, autocommit=True)
        stack.callback(waiting.close)
        waiting.pgconn.send_query(b"SELECT 1")
        full = project.rollout("pool", "status", "--json")
        told = project.rollout("pool", "status")
    assert full.code == told.code == 3
    pool = next(pool for pool in full.document["pools"] if pool["role"] == "authenticator")
    assert (pool["state"], pool["clientsWaiting"], pool["serversBusy"]) == ("saturated", 1, size)
    assert "saturated" in told.out
    if installed_version() == (1, 18, 0):
        assert "CVE-2026-6664 (mended in 1.25.2)" in told.out


def test_another_stack_s_console_is_asked_with_the_environment_s_password(
    project: Project, database18: Database
) -> None:
    pooler = start_pooler(database18, "transaction")
    address = {"host": "127.0.0.1", "port": pooler.config.port}
    on_server(project, database18, deployed=False, pooling={"pooler": address})
    try:
        refused = run(project, "pool", "status")
        assert (refused.code, "ROLLOUT_CONSOLE_PASSWORD" in refused.err) == (2, True)
        project.environment["ROLLOUT_CONSOLE_PASSWORD"] = CONSOLE_PASSWORD
        assert document(project, "pool", "status")["saturated"] is False
    finally:
        pooler.stop()


def test_without_pgbouncer_it_is_said_plainly_what_is_left_out(project: Project) -> None:
    project.environment["ROLLOUT_PGBOUNCER"] = ""
    started = project.rollout("db", "start", "--json")
    assert started.document["pooledDsn"] is None
    assert "PgBouncer is not installed, so no pooler runs beside the database" in started.err
