"""One run at a time on a state: a file that the kernel unlocks when its holder dies, with the holder's name in it."""

import fcntl
import json
import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from infra.embedded.engine.records import now
from infra.errors import RolloutError


class StateLock:
    """Held from `with` to its end. `abandoned` names the holder that died with the lock, if one did."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self.abandoned = ""

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            RolloutError: ENG002 naming the process that holds it.
        """
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _describe(_read(file))
            os.close(file)
            raise self._held(holder) from None
        self._take(file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def _take(self, file: int) -> None:
        left = _read(file)
        if left and left.get("host") != socket.gethostname():
            # The kernel of another machine may hold it still: a lock on a shared folder is not always seen here.
            os.close(file)
            raise self._held(_describe(left), f"if that run is over, delete {self._path}")
        self.abandoned = _describe(left) if left else ""
        self._file = file
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": now()}
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps(holder).encode(), 0)

    def _held(self, holder: str, fix: str = "wait for that run to end, or stop it with Ctrl-C") -> RolloutError:
        return RolloutError("ENG002", str(self._path), f"another run works on this state: {holder}", fix=fix)


def _read(file: int) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(os.pread(file, 4096, 0))
    except ValueError:
        return {}
    return content


def _describe(holder: dict[str, Any]) -> str:
    if not holder:
        return "a process that has not said which it is yet"
    return f"process {holder.get('pid')} on {holder.get('host')} since {holder.get('since')}"
