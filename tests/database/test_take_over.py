"""Taking over what a deploy has left behind: who is at work is named, and ended before whoever keeps the others out."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from infra.database import deploy_lock
from infra.database.ledger import read_ledger
from infra.database.session import open_session
from infra.database.take_over import left_behind, take_over
from infra.database.workspace import Workspace, open_workspace
from infra.ddl.statement import Statement, Step, Waits
from infra.errors import RolloutError
from tests.clusters import Database, connect
from tests.deploying import deploy

PLAN = (Step("schema s", "make it", (Statement("CREATE SCHEMA IF NOT EXISTS s"),)),)
BUILD = "CREATE INDEX CONCURRENTLY t_id_idx ON public.t (id)"
BUILD_PLAN = (Step("index t_id_idx", "build", (Statement(BUILD),), transactional=False, waits=Waits.PATIENT),)
BUILDING = "SELECT pid FROM pg_stat_progress_create_index"


@contextmanager
def _at_work(database: Database, name: str = "rollout prod phase 2") -> Iterator[tuple[Workspace, list[RolloutError]]]:
    """A deploy that waits for an old snapshot in the middle of a build."""
    with database.connect() as connection:
        connection.execute("CREATE TABLE public.t (id int)")
    workspace = open_workspace(database.deployer, application_name=name)
    failed: list[RolloutError] = []

    def build() -> None:
        try:
            workspace.change(BUILD_PLAN, lambda _: None)
        except RolloutError as error:
            failed.append(error)

    with connect(database.admin) as old:
        old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        old.execute("SELECT 1")
        thread = threading.Thread(target=build)
        thread.start()
        with database.connect() as connection:
            _until(lambda: bool(connection.execute(BUILDING.encode()).fetchall()))
        yield workspace, failed
        old.execute("COMMIT")
        thread.join(30)
    workspace.close()


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_whoever_waits_is_told_at_once_for_whom(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The holder and the session that works, since when, with the statement and how far its build is; then again."""
    monkeypatch.setattr(deploy_lock, "TELL_SECONDS", 0.3)
    told: list[str] = []
    with _at_work(database) as (first, _):
        second = open_workspace(database.deployer, application_name="rollout other", lock_seconds=1.0)
        with pytest.raises(RolloutError) as refusal:
            second.change(PLAN, told.append, told.append)
        pid = first.session.connection.info.backend_pid
        second.close()
    assert len(told) in {2, 3, 4}
    for text in (told[0], refusal.value.problem):
        assert "rollout prod phase 2 lock" in text
        assert f"at work: pid {pid} (deployer, rollout prod phase 2, from 127.0.0.1/32, since 20" in text
        assert f"s in: {BUILD} [phase " in text
        assert "of 8: waiting for old snapshots]" in text
    assert refusal.value.code == "DB005"
    assert "rollout up --take-over" in refusal.value.fix


def test_nothing_is_told_where_the_lock_is_free(database18: Database) -> None:
    told: list[str] = []
    workspace = open_workspace(database18.deployer, application_name="rollout")
    assert workspace.lock(told.append)
    workspace.close()
    assert told == []


def test_a_deploy_is_taken_over(database: Database) -> None:
    """Worker and holder end; the next deploy has the lock at once, and whoever only looks is left in peace."""
    onlooker = open_session(database.deployer, application_name="rollout status")
    with _at_work(database) as (_, failed), open_session(database.deployer, application_name="take-over") as session:
        ended = take_over(session, actor="ada")
        assert [holder.works for holder in ended] == [True, False]
        second = open_workspace(database.deployer, application_name="rollout other", lock_seconds=2)
        second.change(PLAN, lambda _: None)
        second.close()
        _until(lambda: bool(failed))
        _until(lambda: left_behind(session) == [])  # what was closed takes the server a moment
    assert onlooker.is_alive()
    onlooker.close()


def test_a_build_without_a_holder_is_taken_over(database18: Database) -> None:
    """The lock's session may be gone while the server still builds: the lock is free, and the build is nobody's."""
    with _at_work(database18) as (first, failed), open_session(database18.deployer, application_name="x") as session:
        assert first._lock is not None
        first._lock.close()
        _until(lambda: len(left_behind(session)) == 1)
        (ended,) = take_over(session, actor="ada")
        assert "rollout prod phase 2, from" in ended.text
        _until(lambda: bool(failed))


def test_there_may_be_nothing_to_take_over(database18: Database) -> None:
    with open_session(database18.deployer, application_name="take-over") as session:
        assert take_over(session, actor="ada") == []


def test_somebody_elses_script_is_not_ours_to_end(database18: Database) -> None:
    """Whoever runs a script by hand as an administrator is named, and stays."""
    with connect(database18.admin) as script, open_session(database18.deployer, application_name="x") as session:
        script.execute("SELECT pg_advisory_lock(%s, %s)", [deploy_lock.CLASS, deploy_lock.OBJECT])
        with pytest.raises(RolloutError, match=r"^DB005 .*belongs to somebody.*Fix: .*pg_terminate_backend"):
            take_over(session, actor="ada")
        assert script.execute("SELECT 1").fetchall() == [(1,)]


def test_the_ledger_remembers_a_take_over(database18: Database) -> None:
    deployer = deploy(database18.deployer)
    deployer.workspace.lock()
    with open_session(database18.deployer, application_name="x") as session:
        take_over(session, actor="ada", commit="c0ffee")
        (entry,) = read_ledger(session, event="take-over")
    assert (entry.actor, entry.commit_id, entry.subject) == ("ada", "c0ffee", "deploy lock")
    assert "rollout test lock" in entry.reason
    deployer.close()
