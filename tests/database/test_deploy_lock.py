"""One deploy at a time: the second one is told who is at it, and takes over as soon as the first has gone."""

import threading
import time

import pytest

from infra.database.deploy_lock import CLASS, OBJECT
from infra.database.workspace import open_workspace
from infra.ddl.script import LOCK_CLASS, LOCK_OBJECT
from infra.ddl.statement import Statement, Step
from infra.errors import RolloutError
from tests.clusters import Database

PLAN = (Step("schema s", "make it", (Statement("CREATE SCHEMA IF NOT EXISTS s"),)),)


def test_the_second_deploy_is_told_who_is_at_it(database: Database) -> None:
    first = open_workspace(database.deployer, application_name="rollout prod")
    second = open_workspace(database.deployer, application_name="rollout other", lock_seconds=0.3)
    first.change(PLAN, lambda _: None)
    with pytest.raises(RolloutError) as refusal:
        second.change(PLAN, lambda _: None)
    assert refusal.value.code == "DB005"
    assert "rollout prod lock" in refusal.value.problem
    assert "deployer" in refusal.value.problem
    first.close()
    second.change(PLAN, lambda _: None)
    second.close()


def test_the_lock_is_taken_once_and_told(database: Database) -> None:
    """Only who has just taken it must look again at what stands."""
    workspace = open_workspace(database.deployer, application_name="rollout")
    assert [workspace.lock(), workspace.lock()] == [True, False]
    with database.connect(user="admin") as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'rollout lock'"
        )
    assert workspace.lock() is True
    workspace.close()


def test_looking_needs_no_lock(database: Database) -> None:
    """Previews of many people at once do not wait for each other."""
    workspace = open_workspace(database.deployer, application_name="rollout")
    workspace.change((), lambda _: None)
    with database.connect() as connection:
        query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        assert connection.execute(query).fetchall() == [(0,)]
    workspace.close()


def test_cancel_ends_the_wait_for_the_lock(database: Database) -> None:
    first = open_workspace(database.deployer, application_name="first")
    second = open_workspace(database.deployer, application_name="second")
    first.lock()
    threading.Timer(0.3, second.cancel).start()
    start = time.monotonic()
    with pytest.raises(RolloutError) as refusal:
        second.lock()
    assert time.monotonic() - start < 5
    assert refusal.value.code == "PRV004"
    first.close()
    second.close()


def test_scripts_take_the_same_lock() -> None:
    """Whoever runs a rollback script by hand keeps a deploy out, and the other way round."""
    assert (CLASS, OBJECT) == (LOCK_CLASS, LOCK_OBJECT)
