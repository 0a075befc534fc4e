"""Commands run beside one another from one process that has imported what they need: the start of each costs little."""

import atexit
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from infra.fleet import warm

_CHUNK: Final = 65_536
_SHORTEST: Final = 0.001
_BEGUN: Final = re.compile(rb"^\d+\n")
_ENDED: Final = re.compile(warm.MARK + rb"(-?\d+)" + warm.MARK + b"$")
#: What a command ends with of which nobody could say how it ended.
LOST: Final = 125


class Running:
    """A command that was begun. It is awaited from one thread."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._heard = b""
        self._hear(_BEGUN, None)
        self._pid, _, self._heard = self._heard.partition(b"\n")

    def wait(self, seconds: float | None) -> tuple[int, str]:
        """Return the exit code and what was said on stderr.

        Raises:
            TimeoutError: It has not ended by then; it goes on, and may be awaited again.
        """
        code = self._hear(_ENDED, seconds)
        self._stream.close()
        said = self._heard.partition(warm.MARK)[0].decode(errors="replace")
        return (int(code[1]) if code else LOST), said

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        with suppress(ProcessLookupError, ValueError):
            os.kill(int(self._pid), number)

    def _hear(self, what: re.Pattern[bytes], seconds: float | None) -> re.Match[bytes] | None:
        """Return what is waited for once it is heard; nothing where all has ended before."""
        end = None if seconds is None else time.monotonic() + seconds
        while not (found := what.search(self._heard)):
            self._stream.settimeout(None if end is None else max(_SHORTEST, end - time.monotonic()))
            chunk = self._stream.recv(_CHUNK)
            if not chunk:
                return None
            self._heard += chunk
        return found


class Commands:
    """The process that forks them, for one folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-m", warm.__name__, str(theirs.fileno())],
                cwd=folder,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def begin(self, arguments: Sequence[str], environment: Mapping[str, str]) -> Running:
        """Begin a command with these arguments.

        Raises:
            OSError: The process is gone.
        """
        request = {"folder": self._folder, "arguments": list(arguments), "environment": dict(environment)}
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(self._control, [b"1"], [theirs.fileno()])
            ours.sendall(json.dumps(request).encode() + b"\n")
            return Running(ours)
        except BaseException:
            ours.close()
            raise

    @property
    def is_there(self) -> bool:
        """Whether the process is there; whoever needs memory may have ended it."""
        return self._process.poll() is None

    def close(self) -> None:
        """Fork no more; what was begun goes on."""
        self._control.close()
        self._process.wait()


_LOCK: Final = threading.Lock()
_OPEN: dict[tuple[str, str], Commands] = {}


def commands_of(folder: str, run: str) -> Commands:
    """Return the commands of a run over a fleet: of each run anew, since the project may be another one by then."""
    with _LOCK:
        open_one = _OPEN.get((folder, run))
        if open_one is None or not open_one.is_there:
            close_all()
            atexit.register(close_all)
            _OPEN[folder, run] = Commands(folder)
        return _OPEN[folder, run]


def close_all() -> None:
    """Close what is open."""
    while _OPEN:
        _OPEN.popitem()[1].close()
