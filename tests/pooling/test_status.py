"""What is said of a running PgBouncer: a full pool is told from a busy one, and a hole from a patched one."""

import gzip
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from infra.errors import RolloutError
from infra.pooling.status import find_holes, read_state
from infra.pooling.versions import installed_program, installed_version, missing_fixes, parse_version, patched_here
from tests.clusters import Database
from tests.pooler import Pooler, start_pooler

CHANGELOG = """\
pgbouncer (1.18.0-1+deb12u1) bookworm; urgency=medium

  * CVE-2025-2291: expired password can be used.

 -- Somebody <a@example.org>  Sat, 20 Dec 2025 12:57:12 +0100

pgbouncer (1.16.1-1) unstable; urgency=medium

  * CVE-2025-12819 is not mended here.

 -- Somebody <a@example.org>  Fri, 03 Feb 2023 16:14:12 +0100
"""


def test_a_pool_is_saturated_only_while_somebody_waits_for_it(database18: Database) -> None:
    pooler = start_pooler(database18, "transaction", 2)
    try:
        with ExitStack() as stack:
            holders = [stack.enter_context(psycopg.connect(pooler.target.dsn())) for _ in range(2)]
            for holder in holders:
                holder.execute("SELECT 1")
            assert _look(pooler) == ("in use", 0, 2, False)
            waiting = psycopg.connect(pooler.target.dsn(), autocommit=True)
            stack.callback(waiting.close)
            waiting.pgconn.send_query(b"SELECT 1")
            assert _look(pooler) == ("saturated", 1, 2, True)
            holders[0].rollback()
            waiting.pgconn.get_result()
            assert _look(pooler)[3] is False
    finally:
        pooler.stop()


def _look(pooler: Pooler) -> tuple[str, int, int, bool]:
    with pooler.console() as console:
        state = read_state(console, local=True)
    (pool,) = state.pools
    assert (pool.size, state.max_clients) == (2, pooler.config.max_clients)
    return pool.state, pool.waiting, pool.busy, state.saturated


def test_each_version_has_the_holes_that_later_ones_closed(tmp_path: Path) -> None:
    assert missing_fixes((1, 25, 2)) == []
    assert [fix.name for fix in missing_fixes((1, 25, 1))] == [f"CVE-2026-666{n}" for n in (4, 5, 6, 7)]
    assert missing_fixes((1, 24, 1))[0].name == "CVE-2025-12819"
    assert missing_fixes((1, 24, 0))[0].name == "CVE-2025-2291"
    log = tmp_path / "changelog.Debian.gz"
    log.write_bytes(gzip.compress(CHANGELOG.encode()))
    assert patched_here((1, 18, 0), log) == {"CVE-2025-2291"}
    assert patched_here((1, 25, 0), log) == frozenset()
    assert patched_here((1, 18, 0), tmp_path / "nothing") == frozenset()
    elsewhere = find_holes("PgBouncer 1.24.0", local=False)
    assert "leaves expired passwords out itself" in str(elsewhere[0])
    assert "unless your distribution has patched" in str(elsewhere[-1])


def test_what_is_no_version_is_told() -> None:
    assert parse_version("PgBouncer 1.25.2") == (1, 25, 2)
    with pytest.raises(RolloutError, match="PGB002"):
        parse_version("nginx")


def test_the_program_can_be_named_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = installed_program()
    try:
        for cached in (installed_program, installed_version):
            cached.cache_clear()
        monkeypatch.setenv("ROLLOUT_PGBOUNCER", "")
        assert installed_program() is None
        assert installed_version() is None
        for cached in (installed_program, installed_version):
            cached.cache_clear()
        if found:
            monkeypatch.setenv("ROLLOUT_PGBOUNCER", str(found))
            assert installed_program() == found
    finally:
        for cached in (installed_program, installed_version):
            cached.cache_clear()
