"""A throw-away PostgreSQL: made where nothing else is, deleted with everything in it, and swept when it is left."""

import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from infra.embedded.pg_account import may_enter, server_account
from infra.embedded.pg_binaries import reachable_binaries
from infra.embedded.pg_bootstrap import build
from infra.embedded.pg_cluster import Cluster
from infra.embedded.pg_folder import PRIVATE_FILE, WALK_THROUGH, is_ours, named_failures
from infra.embedded.pg_passwords import Passwords
from infra.embedded.pg_process import find_postmaster
from infra.embedded.postgres import SHARED_FOLDER, EmbeddedDatabase, embedded_database
from infra.errors import RolloutError

PREFIX: Final = "rollout-scratch-"
#: Nothing in it outlives the run, so nothing in it is worth a wait for the disk.
SETTINGS: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
#: Held by whoever uses the server for as long as that process lives, however it ends.
LOCK: Final = "in-use"
#: A folder without the lock is being made right now, or its maker was killed before that.
UNLOCKED_SECONDS: Final = 3600
END_SECONDS: Final = 10


@contextmanager
def scratch_server() -> Iterator[EmbeddedDatabase]:
    """Yield the logins of a bootstrapped server of its own; afterwards it is stopped and deleted.

    What killed runs left is stopped and deleted first. As root the server runs as an unprivileged account.

    Raises:
        RolloutError: EMB001 when it cannot be made.
    """
    account = server_account()
    place = _place()
    with named_failures(place):
        sweep()
        folder, lock = _claim(place)
    cluster: Cluster | None = None
    try:
        with named_failures(place):
            cluster = Cluster(reachable_binaries(account, folder), folder, account, SETTINGS)
            passwords = Passwords()
            build(cluster, passwords)
        yield embedded_database(folder, cluster.port, passwords)
    finally:
        _end(folder)
        os.close(lock)


def sweep() -> None:
    """Stop and delete the servers of runs that were killed."""
    for folder in (left for place in _places() for left in place.glob(f"{PREFIX}*") if is_ours(left)):
        if _is_left(folder):
            _end(folder)


def _places() -> tuple[Path, ...]:
    return (Path(tempfile.gettempdir()), SHARED_FOLDER)


def _place() -> Path:
    """Return a place that the server's account can walk to.

    Raises:
        RolloutError: EMB001 when there is none.
    """
    account = server_account()
    for place in _places():
        if may_enter(account, place):
            return place
    problem = f"its account {account.name if account else ''} can enter neither {' nor '.join(map(str, _places()))}"
    raise RolloutError("EMB001", "scratch PostgreSQL", problem, fix="name a folder that everybody may enter as TMPDIR")


def _claim(place: Path) -> tuple[Path, int]:
    """Make a folder, and the lock in it: it gets its name once it is held."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    if os.geteuid() == 0:
        folder.chmod(WALK_THROUGH)
    fresh = folder / f".{LOCK}"
    lock = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    fcntl.flock(lock, fcntl.LOCK_EX)
    fresh.rename(folder / LOCK)
    return folder, lock


def _is_left(folder: Path) -> bool:
    """Tell whether nobody uses the folder any more."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR)
    except FileNotFoundError:
        with suppress(FileNotFoundError):
            return time.time() - folder.stat().st_mtime > UNLOCKED_SECONDS
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(lock)


def _end(folder: Path) -> None:
    """End the server of a folder at once, and delete the folder: no data of it is wanted."""
    if running := find_postmaster((folder / "data").resolve()):
        with suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGQUIT)
        deadline = time.monotonic() + END_SECONDS
        while find_postmaster((folder / "data").resolve()) and time.monotonic() < deadline:
            time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)
