"""Folders and files of the embedded server: their modes, a lock, and a place that the server's account can reach."""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from infra.embedded.pg_account import Account
from infra.errors import RolloutError

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700
#: The server's account walks through to its own data and sees nothing else.
WALK_THROUGH: Final = 0o711
WRITABLE_BY_OTHERS: Final = 0o022
LOCK_TIMEOUT_SECONDS: Final = 120


def make_folder(path: Path, account: Account | None) -> Path:
    """Make the folder, and parents that are missing, as ours; a folder that is there already must be ours.

    Raises:
        RolloutError: EMB001 when it belongs to somebody else, is a link, or others may write to it.
    """
    mode = PRIVATE_FOLDER if account is None else WALK_THROUGH
    for missing in reversed([folder for folder in path.parents if not folder.exists()]):
        _make(missing, mode)
    _make(path, mode)
    _require_ours(path)
    return path


def _make(path: Path, mode: int) -> None:
    try:
        path.mkdir(mode)
    except FileExistsError:
        return
    path.chmod(mode)


def _require_ours(path: Path) -> None:
    found = path.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & WRITABLE_BY_OTHERS:
        return
    raise RolloutError(
        "EMB001",
        str(path),
        "the folder of the embedded PostgreSQL is not ours alone",
        allowed="a folder that the caller owns and nobody else may write to",
        fix="move it away, or run the command as its owner",
    )


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, at once or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: one command at a time starts or stops the server.

    Raises:
        RolloutError: EMB001 when another command holds it for two minutes.
    """
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    try:
        _acquire(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, folder: Path) -> None:
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise RolloutError(
                    "EMB001",
                    str(folder),
                    "another command has been starting or stopping the embedded PostgreSQL for two minutes",
                    fix="wait for it, or end it",
                ) from None
            time.sleep(0.05)
        else:
            return
