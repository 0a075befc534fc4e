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
    require_ours(path)
    return path


def _make(path: Path, mode: int) -> None:
    try:
        path.mkdir(mode)
    except FileExistsError:
        return
    path.chmod(mode)


def is_ours(path: Path) -> bool:
    """Tell whether the path is a folder, no link, that the caller owns and nobody else may write to."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & WRITABLE_BY_OTHERS


def require_ours(path: Path) -> None:
    """Refuse a folder that is not the caller's alone.

    Raises:
        RolloutError: EMB001 when it belongs to somebody else, is a link, or others may write to it.
    """
    if is_ours(path):
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


def write_in_data(path: Path, text: str, *, append: bool = False) -> None:
    """Write a file of the data folder, which is the server's account's: links there are not followed."""
    flags = os.O_WRONLY | os.O_NOFOLLOW | (os.O_APPEND if append else os.O_TRUNC)
    with os.fdopen(os.open(path, flags), "w", encoding="utf-8") as file:
        file.write(text)


@contextmanager
def named_failures(home: Path) -> Iterator[None]:
    """Turn what the operating system refuses into our own error.

    Raises:
        RolloutError: EMB001 with the system's message.
    """
    try:
        yield
    except OSError as error:
        raise RolloutError(
            "EMB001",
            "embedded PostgreSQL",
            f"the system refused what it needs: {error}",
            fix=f"make {home} a folder that you may write to, with room for 200 MB, or set ROLLOUT_HOME to another one",
        ) from None


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
