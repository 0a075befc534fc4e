"""The throw-away PostgreSQL leaves nothing: not after use, not after an error, not after its command was killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.embedded import scratch
from infra.embedded.pg_account import server_account
from infra.embedded.pg_process import Postmaster, find_postmaster
from infra.embedded.postgres import EmbeddedDatabase
from infra.embedded.scratch import PREFIX, scratch_server, sweep
from infra.errors import RolloutError
from tests.clusters import connect, open_folder
from tests.embedded.commands import PROJECT

HOLD = """
import sys
from infra.embedded.scratch import scratch_server
with scratch_server() as database:
    print(database.folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for throw-away servers of this test alone."""
    folder = open_folder()
    monkeypatch.setattr(scratch, "_places", lambda: (folder,))
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    sweep()
    folder.rmdir()


def _has_ended(pid: int) -> bool:
    """Tell whether the process ended; until somebody asks how, its number stays."""
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "State:\tZ" in status.read_text(encoding="utf-8")


def _postmaster(database: EmbeddedDatabase) -> Postmaster | None:
    return find_postmaster((database.folder / "data").resolve())


def test_it_is_bootstrapped_and_gone_afterwards(place: Path) -> None:
    """Inside, both logins work and the platform's schemas are there; outside, neither process nor file is left."""
    with scratch_server() as database:
        running = _postmaster(database)
        assert running is not None
        with connect(database.admin) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
        with connect(database.deployer) as connection:
            assert connection.execute("SELECT count(*) FROM auth.users").fetchone() == (0,)
            assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (
                False,
            )
        account = server_account()
        assert Path(f"/proc/{running.pid}").stat().st_uid == (account.uid if account else os.geteuid())
    assert _has_ended(running.pid)
    assert list(place.iterdir()) == []


def test_an_error_inside_leaves_nothing(place: Path) -> None:
    """Whatever happens to whoever uses it, the server goes."""
    with pytest.raises(ZeroDivisionError), scratch_server() as database:
        _ = 1 / 0
    assert _postmaster(database) is None
    assert list(place.iterdir()) == []


def test_one_that_cannot_be_made_leaves_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not start is a named error, and its folder is deleted."""
    monkeypatch.setitem(scratch.SETTINGS, "no_such_setting", "on")
    with pytest.raises(RolloutError, match="no_such_setting") as caught, scratch_server():
        pass
    assert caught.value.code == "EMB001"
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_a_killed_command_left_is_swept(place: Path, how: signal.Signals) -> None:
    """The next start ends the server and deletes the folder; one that is in use is left alone."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        folder = Path(holder.stdout.readline().strip())
        assert folder.parent == place
        running = find_postmaster(folder / "data")
        assert running is not None
        sweep()
        assert find_postmaster(folder / "data") == running
        holder.send_signal(how)
        holder.wait()
        assert find_postmaster(folder / "data") == running
        sweep()
        assert not folder.exists()
        assert _has_ended(running.pid)


def test_a_folder_that_is_being_made_is_left_alone(place: Path) -> None:
    """Between the folder and its lock there is a moment: only one that stayed so is swept."""
    young, old = place / f"{PREFIX}young", place / f"{PREFIX}old"
    young.mkdir(0o700)
    old.mkdir(0o700)
    os.utime(old, (0, 0))
    sweep()
    assert young.exists()
    assert not old.exists()
    young.rmdir()
