"""A server that stands still: only a deadline of the client's notices, and nothing waits for ever."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from infra.database import patience
from infra.database.session import Session, open_session
from infra.database.workspace import open_workspace
from infra.errors import RolloutError
from tests.clusters import Database
from tests.faults.conftest import Fault
from tests.faults.invariants import Invariants
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.samples import PEOPLE

NAME = "rollout frozen"


@pytest.fixture
def margin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five seconds after the server's own limit, and two for the request to cancel: here less than one each."""
    assert (patience.MARGIN_SECONDS, patience.CANCEL_SECONDS) == (5, 2)
    monkeypatch.setattr(patience, "MARGIN_SECONDS", 0.6)
    monkeypatch.setattr(patience, "CANCEL_SECONDS", 0.4)


@contextmanager
def _frozen(pid: int) -> Iterator[None]:
    """Stop a process for as long as the block lasts."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _gone(database: Database, session: Session) -> bool:
    end = time.monotonic() + 30
    with database.connect(user="admin") as admin:
        while admin.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [session.pid]).fetchall():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
    return True


@pytest.mark.fault("F22", how="kill -STOP of the backend, in a query", result="DB012 after the limit and five seconds")
@pytest.mark.usefixtures("margin")
def test_a_query_of_a_frozen_backend(database: Database, fault: Fault) -> None:
    session = open_session(database.deployer, application_name=NAME)
    session.configure({"statement_timeout": "500ms"})
    start = time.monotonic()
    with _frozen(session.pid), pytest.raises(RolloutError) as refused:
        session.query("SELECT 1 AS one")
    assert 1.4 < time.monotonic() - start < 10
    assert refused.value.code == "DB012"
    assert "Fix: look after the server" in str(refused.value)
    assert session.connection.closed
    with fault.recovering():
        assert _gone(database, session)


@pytest.mark.fault("F22", how="kill -STOP of the backend, in a change", result="DB012; the next run goes on")
@pytest.mark.usefixtures("margin")
def test_a_change_of_a_frozen_backend(bench18: Bench, fault: Fault) -> None:
    """No further connection is tried for a minute: a server that does not answer is a person's to look after."""
    invariants = Invariants.before(bench18.database)
    workspace = open_workspace(bench18.database.deployer, application_name=NAME)
    workspace.lock()
    workspace.session.configure({"statement_timeout": "500ms"})
    bench18.workspace.close()
    bench18.workspace = workspace
    start = time.monotonic()
    with _frozen(workspace.session.pid):
        refusals = bench18.refusals(PEOPLE)
    assert time.monotonic() - start < 10
    assert [error.code for error in refusals] == ["DB012"]
    invariants.said(*map(str, refusals))
    with fault.recovering():
        bench18.reopen()
        bench18.create(PEOPLE)
    assert bench18.drift(PEOPLE) == []
    bench18.close()
    workspace.close()
    invariants.hold()


@pytest.mark.fault("F22", how="kill -STOP of the backend with the deploy lock", result="noticed; the lock taken anew")
@pytest.mark.usefixtures("margin")
def test_a_frozen_lock(bench18: Bench, fault: Fault) -> None:
    """It is asked whether it is alive before each change: that does not hang either."""
    workspace = open_workspace(bench18.database.deployer, application_name=NAME, lock_seconds=1)
    workspace.lock()
    with bench18.database.connect(user="admin") as admin:
        pid = admin.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [f"{NAME} lock"]).fetchall()
    with _frozen(pid[0][0]), pytest.raises(RolloutError) as refused:
        workspace.lock()
    assert refused.value.code == "DB005", "the frozen backend holds it still"
    with fault.recovering():
        assert workspace.lock()
    workspace.close()


@pytest.mark.fault("F22", how="a server that is only slow", result="the request to cancel ends the statement")
@pytest.mark.usefixtures("margin")
def test_a_statement_that_overruns_is_cancelled_first(database18: Database, fault: Fault) -> None:
    """The connection is kept where the server answers to that."""
    with open_session(database18.deployer, application_name=NAME) as session:
        session.execute("SET statement_timeout = 0")
        session.connection.limit = 0.1
        with fault.recovering(), pytest.raises(RolloutError, match="57014"):
            session.query("SELECT pg_sleep(20)")
        assert session.is_alive()
