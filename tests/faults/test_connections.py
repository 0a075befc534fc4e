"""The connection: refused, full, lost in the middle, its last reply lost, and a server that stands still."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from infra.database import connecting
from infra.database.connecting import PATIENCE_SECONDS
from infra.database.session import Session, open_session
from infra.database.workspace import open_workspace
from infra.errors import RolloutError
from infra.models.base import Model
from tests.cli.commands import Project
from tests.cli.on_server import on_server
from tests.clusters import Database
from tests.faults.conftest import Fault
from tests.faults.invariants import Invariants
from tests.faults.proxy import Proxy, proxy_to
from tests.faults.test_refusals import engine
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.samples import NOTES, PEOPLE, POLICY

NAME = "rollout bench"


@contextmanager
def _through_proxy(bench: Bench) -> Iterator[Proxy]:
    """Have the bench's next calls go through a proxy; nothing of them may be left at the end."""
    before, lines = Invariants.before(bench.database), bench.lines
    with proxy_to(bench.database.deployer) as proxy:
        bench.workspace.close()
        bench.workspace = open_workspace(proxy.target, application_name=NAME)
        yield proxy
        bench.workspace.close()
        before.said(*(text for _, text in lines))
        before.hold()


def _is_there(bench: Bench, *models: Model) -> bool:
    return all(bench.drift(model) == [] for model in models)


@pytest.mark.fault("F15", how="a proxy that drops the reply to COMMIT", result="looked at again, and adopted as equal")
def test_a_commit_whose_reply_is_lost(bench: Bench, fault: Fault) -> None:
    """The table was made: it is found, and not made again."""
    with _through_proxy(bench) as proxy:
        bench.create(PEOPLE)
        proxy.lose_reply_to(b"COMMIT")
        start = bench.mark()
        with fault.recovering():
            bench.create(NOTES)
        assert proxy.lost.is_set()
        made = [text for text in bench.logged(start) if text.startswith("CREATE TABLE")]
        assert len(made) == 1, made
        assert any("connecting again" in text for _, text in bench.lines)
        assert _is_there(bench, PEOPLE, NOTES)
        assert bench.rows("SELECT count(*) FROM pg_class WHERE relname = 'notes'") == [(1,)]


@pytest.mark.fault(
    "F15",
    how="the same, and the object is replaced by another one before the connection is back",
    result="a conflict that names the difference; what stands is left as it is",
)
def test_a_commit_whose_reply_is_lost_and_another_object_stands_there(bench: Bench, fault: Fault) -> None:
    """Somebody made a policy by that name for another command: it is not replaced until the command is repeated."""
    with _through_proxy(bench) as proxy:
        bench.create(PEOPLE, NOTES)
        proxy.lose_reply_to(b"COMMIT", refuse_for=1.0)
        refusals: list[RolloutError] = []
        thread = threading.Thread(target=lambda: refusals.extend(bench.refusals(POLICY)))
        thread.start()
        assert proxy.lost.wait(20)
        bench.admin(
            "DROP POLICY IF EXISTS creator_update ON public.notes",
            "CREATE POLICY creator_update ON public.notes FOR DELETE TO anon USING (false)",
        )
        thread.join(60)
        assert [error.code for error in refusals] == ["ADOPT001"], refusals
        assert "command" in refusals[0].problem
        assert "run the same command again" in refusals[0].fix
        assert bench.rows("SELECT polcmd FROM pg_policy WHERE polname = 'creator_update'") == [("d",)]
        with fault.recovering():
            bench.create(POLICY)
        assert _is_there(bench, POLICY)


@pytest.mark.fault("F20", how="a proxy that resets every connection in the middle", result="reconnected and resumed")
def test_a_connection_that_is_reset(bench: Bench, fault: Fault) -> None:
    """Both connections, the lock's as well, while it cannot connect for a moment: the lock is taken again."""
    with _through_proxy(bench) as proxy:
        bench.create(PEOPLE)
        assert bench.workspace.lock() is False
        proxy.refusing = True
        proxy.reset_all()
        threading.Timer(1.0, lambda: setattr(proxy, "refusing", False)).start()
        with fault.recovering():
            bench.create(NOTES)
        assert _is_there(bench, PEOPLE, NOTES)
        assert bench.workspace.lock() is False, "the lock is held again"


@pytest.mark.fault(
    "F20", how="a proxy that cuts the server's answers after 1 to 5000 bytes", result="reconnected and resumed"
)
@pytest.mark.parametrize("count", [1, 400, 1500, 5000])
def test_a_connection_that_is_cut_anywhere(bench18: Bench, fault: Fault, count: int) -> None:
    """Wherever the server's answer ends, in a look, a change or a message, the result is the same."""
    with _through_proxy(bench18) as proxy:
        proxy.cut_after(count)
        with fault.recovering():
            bench18.create(PEOPLE, NOTES, POLICY)
        assert proxy.lost.is_set()
        assert _is_there(bench18, PEOPLE, NOTES, POLICY)


@pytest.mark.fault("F20", how="a proxy that stays shut", result="given up in a minute, with what to do")
def test_a_connection_that_does_not_come_back(bench18: Bench, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried for as long as it says, and not for ever; the same command goes on later."""
    assert PATIENCE_SECONDS == 60
    monkeypatch.setattr(connecting, "PATIENCE_SECONDS", 1.5)
    with _through_proxy(bench18) as proxy:
        proxy.refusing = True
        proxy.reset_all()
        start = time.monotonic()
        refusals = bench18.refusals(PEOPLE)
        assert 1 < time.monotonic() - start < 20
        assert [error.code for error in refusals] == ["DB001"]
        assert "Fix: " in str(refusals[0])
        proxy.refusing = False
        with fault.recovering():
            bench18.create(PEOPLE)
        assert _is_there(bench18, PEOPLE)


@pytest.mark.fault("F19", how="a port that nobody listens on", result="refused at once, exit code 1, nothing changed")
def test_a_connection_that_is_refused_at_the_start(project: Project, database18: Database, fault: Fault) -> None:
    """It says where, and not the password; neither the state nor the database is touched."""
    on_server(project, database18, deployed=False)
    target = database18.deployer
    address = {"host": target.host, "port": 1, "name": target.name, "user": target.user, "sslmode": "disable"}
    project.configure("mine", phase=1, database=address)
    before = project.files()
    start = time.monotonic()
    with pytest.raises(RolloutError) as refused:
        open_workspace(target.model_copy(update={"port": 1}), application_name=NAME)
    assert time.monotonic() - start < 5, "it is not tried again"
    assert refused.value.code == "DB001"
    done = engine(project, "up", "--yes")
    assert done.code == 1
    assert f"{target.host}:1" in done.said
    assert (target.password or "") not in done.said
    assert project.files() == before
    with fault.recovering():
        open_workspace(target, application_name=NAME).close()


@pytest.mark.full
@pytest.mark.fault("F19", how="a port that takes the connection and says nothing", result="refused within ten seconds")
def test_a_server_that_says_nothing_at_the_start(database18: Database, fault: Fault) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, fault.recovering():
        target = database18.deployer.model_copy(update={"host": "127.0.0.1", "port": mute.getsockname()[1]})
        start = time.monotonic()
        with pytest.raises(RolloutError, match=r"^DB001 database"):
            open_workspace(target, application_name=NAME)
        assert time.monotonic() - start < 10


@contextmanager
def _full(database: Database) -> Iterator[list[Session]]:
    """Take every slot that the deployer's role has."""
    with database.connect(user="admin") as admin:
        admin.execute("ALTER ROLE deployer CONNECTION LIMIT 3")
    sleepers = [open_session(database.deployer, application_name="sleeper") for _ in range(3)]
    try:
        yield sleepers
    finally:
        _close(sleepers)


def _close(sleepers: list[Session]) -> None:
    for sleeper in sleepers:
        sleeper.close()


def _fill(database: Database, sleepers: list[Session]) -> RolloutError:
    """Connect until that is refused, and return the refusal."""
    while True:
        try:
            sleepers.append(open_session(database.deployer, application_name="sleeper"))
        except RolloutError as error:
            return error


@pytest.mark.fault("F21", how="CONNECTION LIMIT of the role, used up", result="waited for, until one is free")
def test_no_slot_at_the_start(database18: Database, fault: Fault) -> None:
    with _full(database18) as sleepers:
        threading.Timer(0.7, _close, [sleepers]).start()
        with fault.recovering():
            open_workspace(database18.deployer, application_name=NAME).close()


@pytest.mark.fault("F21", how="CONNECTION LIMIT of the role, used up for long", result="DB013 with the numbers")
def test_no_slot_for_the_lock(database18: Database, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session that works can tell how many connections are taken, and by whom."""
    monkeypatch.setattr(connecting, "PATIENCE_SECONDS", 1.0)
    workspace = open_workspace(database18.deployer, application_name=NAME)
    told: list[str] = []
    with database18.connect(user="admin") as admin:
        admin.execute("ALTER ROLE deployer CONNECTION LIMIT 1")
        with pytest.raises(RolloutError) as refused:
            workspace.lock(told.append)
        assert refused.value.code == "DB013"
        numbers = re.search(r"\((\d+) of (\d+) in use, 1 allowed for deployer;", refused.value.problem)
        assert numbers is not None, refused.value.problem
        assert 2 <= int(numbers[1]) <= 4 < int(numbers[2]), "ours, this test's, and at most one that is just refused"
        assert "deployer 1" in refused.value.problem
        admin.execute("ALTER ROLE deployer CONNECTION LIMIT -1")
    with fault.recovering():
        assert workspace.lock()
    workspace.close()


@pytest.mark.full
@pytest.mark.fault(
    "F21", how="max_connections = 14, and sleepers in every slot", result="waited for, until there is room"
)
def test_no_slot_on_the_whole_server(database18: Database, fault: Fault) -> None:
    """The deploy takes two connections, and never more than three."""
    usual = database18.server.cluster
    small = replace(usual, settings={**usual.settings, "max_connections": "14", "max_wal_senders": "2"})
    usual.stop()
    small.start()
    sleepers: list[Session] = []
    try:
        assert _fill(database18, sleepers).code == "DB013"
        threading.Timer(0.7, _close, [sleepers]).start()
        with fault.recovering():
            workspace = open_workspace(database18.deployer, application_name=NAME)
        workspace.lock()
        with database18.connect(user="admin") as admin:
            rows = admin.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name ~ %s", [f"^{NAME}"])
            assert rows.fetchall() == [(2,)]
        workspace.close()
    finally:
        _close(sleepers)
        small.stop()
        usual.start()
