"""A home with its server made, and one with the dev stack deployed, made once for all workers and copied for each test.

What `up` does from nothing has tests of its own; the others begin where it has ended.
"""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final, Literal

import pytest

from infra.embedded.pg_account import server_account
from infra.embedded.pg_folder import write_in_data
from infra.embedded.postgres import ensure_running, folder_of, stop
from tests.cli.commands import Project
from tests.clusters import SETTINGS, open_folder

Stage = Literal["served", "deployed"]
#: Beside the home where the server's account cannot reach into it.
_HOME, _SERVER = "home", "server"
_XDIST: Final = "PYTEST_XDIST_WORKER"


def kept_homes(factory: pytest.TempPathFactory) -> Path:
    """Return the folder with a copy of a home at each stage; whichever worker comes first makes it."""
    base = factory.getbasetemp()
    root = base.parent if _XDIST in os.environ else base
    with (root / "kept.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "kept").exists():
            shutil.rmtree(root / "kept.partial", ignore_errors=True)
            _make(root / "kept.partial")
            (root / "kept.partial").rename(root / "kept")
    return root / "kept"


def put_home(kept: Path, stage: Stage, home: Path) -> None:
    """Give a home what was kept of this stage, and start its server."""
    _copy(kept / stage / _HOME, home)
    if (kept / stage / _SERVER).exists():
        _copy(kept / stage / _SERVER, folder_of(home, server_account()))
    ensure_running(home)


def _make(kept: Path) -> None:
    home = open_folder()
    try:
        ensure_running(home)
        # A throw-away server, as the tests' others are.
        settings = "".join(f"{name} = {value}\n" for name, value in SETTINGS.items())
        write_in_data(folder_of(home, server_account()) / "data" / "postgresql.conf", settings, append=True)
        _keep(home, kept / "served")
        ensure_running(home)
        done = Project(kept / "project", home).rollout("up", "--yes")
        assert done.code == 0, done.said
        _keep(home, kept / "deployed")
    finally:
        stop(home)
        shutil.rmtree(folder_of(home, server_account()), ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


def _keep(home: Path, place: Path) -> None:
    stop(home)
    _copy(home, place / _HOME)
    server = folder_of(home, server_account())
    if not server.is_relative_to(home.resolve()):
        _copy(server, place / _SERVER)


def _copy(source: Path, target: Path) -> None:
    """Copy what is in a folder, with owners and modes."""
    target.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)
