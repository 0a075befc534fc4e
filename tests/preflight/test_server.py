"""The server as it is asked: what is in the way is found on a real one, and named."""

from datetime import UTC, datetime

import pytest

from infra.database.deploy_lock import take_deploy_lock
from infra.database.session import Session, open_session
from infra.database.statements import slowest_statements
from infra.preflight import server
from infra.preflight.report import Check, Outcome, Report
from infra.preflight.server import Wish, server_checks
from tests.clusters import Database


def found(session: Session, wish: Wish | None = None) -> dict[str, Check]:
    return {check.name: check for check in server_checks(session, wish or Wish())}


def test_a_plain_server_is_fit(database: Database) -> None:
    with open_session(database.deployer, application_name="preflight") as session:
        report = Report(tuple(server_checks(session, Wish(extensions=("plpgsql",)))))
    assert report.of(Outcome.FAILED) == []
    assert report.is_ready
    assert {check.name for check in report.of(Outcome.WARNED)} <= {"version"}


def test_what_is_in_the_way_is_named(database18: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that stays open, another deploy, a slot that nobody reads, an extension that is not there."""
    monkeypatch.setattr(server, "LONG_SECONDS", 0)
    monkeypatch.setattr(server, "KEPT_BYTES", -1)
    with (
        database18.connect(user="admin") as admin,
        open_session(database18.deployer, application_name="other") as other,
        open_session(database18.deployer, application_name="preflight") as session,
    ):
        admin.execute("SELECT pg_create_physical_replication_slot('left_behind', true)")
        take_deploy_lock(other)
        with other.transaction():
            other.execute("SELECT 1")
            checks = found(session, Wish(extensions=("plpgsql", "timescaledb")))
        admin.execute("SELECT pg_drop_replication_slot('left_behind')")
    assert f"pid {other.pid} (deployer, other, idle in transaction)" in checks["long transactions"].found
    assert f"pid {other.pid}" in checks["nobody else deploys"].found
    assert "left_behind" in checks["no slot is left"].found
    assert checks["extensions"].outcome is Outcome.FAILED
    assert checks["extensions"].found == "timescaledb (not installed on this server)"


def test_a_superuser_and_a_database_that_takes_no_changes_are_refused_at_once(database18: Database) -> None:
    with database18.connect(user="admin") as admin:
        admin.execute("ALTER ROLE supabase_admin IN DATABASE eden_academy SET default_transaction_read_only = on")
    with open_session(database18.admin, application_name="preflight") as session:
        checks = found(session)
    assert checks["takes changes"].outcome is checks["the deployer is no superuser"].outcome is Outcome.FAILED
    assert checks["takes changes"].found.startswith("DB011 ")
    assert checks["room for a deploy"].outcome is Outcome.PASSED


def test_statements_are_told_by_what_the_server_counted(database18: Database) -> None:
    """Those that name the table, as a word of its own, with how often and how long; none where nobody counts."""
    with open_session(database18.admin, application_name="preflight") as session:
        session.execute("DROP EXTENSION IF EXISTS pg_stat_statements")
        assert slowest_statements(session, ["creator_profiles"]) is None
        session.execute("CREATE SCHEMA IF NOT EXISTS extensions")
        session.execute("CREATE EXTENSION pg_stat_statements SCHEMA extensions")
        session.execute("CREATE TABLE public.creator_profiles (id int)")
        session.execute("CREATE TABLE public.creator_profiles_beside (id int)")
        for _ in range(3):
            session.execute("SELECT count(*) FROM public.creator_profiles, pg_sleep(0.01)")
        session.execute("SELECT count(*) FROM public.creator_profiles_beside")
        (slowest,) = slowest_statements(session, ["creator_profiles"], limit=5) or []
        assert slowest_statements(session, ["creator_profiles"], calls=4) == []
    assert slowest.calls == 3
    assert slowest.rows == 1
    assert slowest.longest >= slowest.mean >= 10
    assert slowest.p95 >= slowest.mean


def test_the_clock_is_the_servers_own(database18: Database) -> None:
    with open_session(database18.deployer, application_name="preflight") as session:
        facts = server.read_facts(session, Wish())
    assert abs((facts["clock"] - datetime.now(UTC)).total_seconds()) < server.CLOCK_FAILURE
