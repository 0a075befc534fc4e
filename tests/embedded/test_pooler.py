"""PgBouncer beside the embedded database: brought up, changed in place, back after a crash, gone with the server."""

import os
import pwd
import signal
import time
from pathlib import Path

import psycopg

from infra.embedded.pg_account import server_account
from infra.embedded.pooler import EmbeddedPooler, ensure_pooler
from infra.embedded.postgres import ensure_running, pooler_place, stop
from infra.pipeline.pooling import DEFAULTS
from tests.pooler import require_pgbouncer


def test_it_is_brought_up_changed_in_place_and_back_after_a_crash(home: Path) -> None:
    require_pgbouncer()
    database = ensure_running(home)
    place = pooler_place(database.folder, server_account())
    first = _bring(ensure_pooler(database))
    pid = place.pid()
    assert pid is not None
    assert _log_in(first) == "authenticator"
    if account := server_account():
        assert Path(f"/proc/{pid}").stat().st_uid == pwd.getpwnam(account.name).pw_uid
    assert _bring(ensure_pooler(database)).config == first.config
    assert place.pid() == pid
    api = DEFAULTS.pools["authenticator"].model_copy(update={"size": 7, "reserve": 0})
    pools = {**DEFAULTS.pools, "authenticator": api, "pipeline_service": api}
    smaller = _bring(ensure_pooler(database, DEFAULTS.model_copy(update={"pools": pools})))
    assert smaller.config.databases[0].size == 7
    assert place.pid() == pid
    os.kill(pid, signal.SIGKILL)
    while place.pid() is not None:
        time.sleep(0.02)
    back = _bring(ensure_pooler(database))
    assert (back.config, back.application) == (smaller.config, first.application)
    assert _log_in(back) == "authenticator"
    assert stop(home)
    assert place.pid() is None


def _bring(pooler: EmbeddedPooler | None) -> EmbeddedPooler:
    assert pooler is not None
    return pooler


def _log_in(pooler: EmbeddedPooler) -> str:
    with psycopg.connect(pooler.application.dsn()) as connection:
        row = connection.execute("SELECT current_user").fetchone()
    assert row is not None
    return str(row[0])
