"""Every way of starting and stopping the embedded PostgreSQL ends with one server, or a clear error."""

import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from infra.embedded.pg_account import server_account
from infra.embedded.pg_process import PID_FILE, find_postmaster
from infra.embedded.postgres import EmbeddedDatabase, ensure_running, folder_of, status, stop
from infra.errors import RolloutError
from tests.clusters import connect
from tests.embedded.commands import postmaster_of, start_in_a_command


def _kill(database: EmbeddedDatabase) -> None:
    """Kill the server as a power cut would: its pid file stays behind."""
    pid = postmaster_of(database).pid
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_starting_and_stopping_twice(home: Path) -> None:
    """A second start finds the first, a second stop finds nothing to do, and the port and the data stay."""
    first = ensure_running(home)
    pid = postmaster_of(first).pid
    with connect(first.deployer) as connection:
        connection.execute("CREATE TABLE public.kept AS SELECT 1 AS one")
    assert ensure_running(home) == first
    assert postmaster_of(first).pid == pid
    assert status(home).port == first.admin.port
    assert (stop(home), stop(home)) == (True, False)
    assert not status(home).running
    assert status(home).exists
    again = ensure_running(home)
    assert again == first
    with connect(again.deployer) as connection:
        assert connection.execute("SELECT one FROM public.kept").fetchall() == [(1,)]


def test_asking_and_stopping_make_nothing(home: Path) -> None:
    """`status` and `stop` of a server that never was leave the folder empty."""
    assert not status(home).exists
    assert stop(home) is False
    assert list(home.iterdir()) == []


def test_a_killed_server_starts_again(home: Path) -> None:
    """The pid file of a server that was killed names no process any more."""
    database = ensure_running(home)
    _kill(database)
    assert (database.folder / "data" / PID_FILE).exists()
    assert not status(home).running
    assert stop(home) is False
    assert ensure_running(home) == database


def test_a_stale_pid_that_another_program_has_by_now(home: Path) -> None:
    """After a restart of the machine the old number may be anything's of the same account: that is left alone."""
    database = ensure_running(home)
    stop(home)
    account = server_account()
    other = subprocess.Popen(["sleep", "60"], user=account.uid if account else None)
    try:
        data = database.folder / "data"
        (data / PID_FILE).write_text(f"{other.pid}\n{data}\n0\n{database.admin.port}\n\n127.0.0.1\n\nready\n")
        assert stop(home) is False
        assert ensure_running(home) == database
        assert postmaster_of(database).pid != other.pid
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_folder_that_is_moved_while_it_runs(inside: Path) -> None:
    """The server goes on under the new name, and is found, stopped and started there."""
    before = ensure_running(inside / "before")
    (inside / "before").rename(inside / "after")
    moved = ensure_running(inside / "after")
    assert moved.deployer == before.deployer
    assert (stop(inside / "after"), stop(inside / "after")) == (True, False)
    assert ensure_running(inside / "after") == moved
    stop(inside / "after")


def test_a_folder_that_is_copied_while_it_runs(inside: Path) -> None:
    """The copy's pid file names the original's server: the copy gets one of its own, and each is stopped alone."""
    original = ensure_running(inside / "original")
    subprocess.run(["cp", "-a", str(inside / "original"), str(inside / "copy")], check=True)
    assert not status(inside / "copy").running
    copy = ensure_running(inside / "copy")
    assert copy.admin.port != original.admin.port
    assert stop(inside / "copy")
    assert status(inside / "original").port == original.admin.port
    stop(inside / "original")


def test_commands_that_start_it_at_the_same_time(home: Path) -> None:
    """Four commands on a fresh machine make one server between them."""
    commands = [start_in_a_command(home) for _ in range(4)]
    printed = [command.communicate(timeout=90)[0] for command in commands]
    assert [command.returncode for command in commands] == [0, 0, 0, 0], printed
    assert len(set(printed)) == 1
    assert int(printed[0]) == status(home).port


def test_it_outlives_the_command_that_started_it(home: Path) -> None:
    """The command's output ends with the command, and ending its whole session does not reach the server."""
    command = start_in_a_command(home)
    printed, _ = command.communicate(timeout=60)
    assert command.returncode == 0, printed
    with pytest.raises(ProcessLookupError):
        os.killpg(command.pid, signal.SIGHUP)
    pid = postmaster_of(ensure_running(home)).pid
    assert os.getsid(pid) not in {command.pid, os.getsid(0)}


def test_a_first_start_that_was_killed_is_begun_anew(home: Path) -> None:
    """What is half built is never taken for a database."""
    command = start_in_a_command(home)
    building = folder_of(home, server_account()) / "building" / "data"
    deadline = time.monotonic() + 30
    while not find_postmaster(building) and time.monotonic() < deadline:
        time.sleep(0.005)
    os.killpg(command.pid, signal.SIGKILL)
    command.communicate()
    assert not status(home).exists
    with connect(ensure_running(home).deployer) as connection:
        assert connection.execute("SELECT count(*) FROM auth.users").fetchone() == (0,)
    assert not building.parent.exists()
    assert find_postmaster(building) is None


def listening(port: int) -> socket.socket:
    """Somebody else on the port, until it is closed."""
    other = socket.socket()
    other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    other.bind(("127.0.0.1", port))
    other.listen()
    return other


def test_a_taken_port_is_given_up(home: Path) -> None:
    """Another program got the port while the server was down: the server takes, and keeps, another one."""
    port = ensure_running(home).admin.port
    stop(home)
    with listening(port):
        moved = ensure_running(home).admin.port
        assert moved != port
    stop(home)
    assert ensure_running(home).admin.port == moved


def test_a_port_that_is_just_being_let_go_of_is_kept(home: Path) -> None:
    """A process of ours that was killed has it a moment longer than its number: that is nobody else."""
    port = ensure_running(home).admin.port
    stop(home)
    with listening(port) as ending:
        timer = threading.Timer(0.2, ending.close)
        timer.start()
        assert ensure_running(home).admin.port == port
        timer.join()


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    """The error has the code, the end of the log and where to read on."""
    database = ensure_running(home)
    stop(home)
    with (database.folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("no_such_setting = on\n")
    with pytest.raises(RolloutError, match=r"no_such_setting.*Fix: .*server\.log") as caught:
        ensure_running(home)
    assert caught.value.code == "EMB001"


def test_a_home_that_cannot_be_a_folder_is_named(home: Path) -> None:
    """What the operating system refuses is an error with a fix, in each of the calls."""
    (home / "file").write_text("")
    for call in (ensure_running, stop, status):
        with pytest.raises(RolloutError, match=r"EMB001 .*Not a directory.*Fix: .*ROLLOUT_HOME"):
            call(home / "file" / ".rollout")
