"""The running server as its `postmaster.pid` tells, checked against the process of that number."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PID_FILE: Final = "postmaster.pid"
_PID, _DATA, _PORT, _STATUS = 0, 1, 3, 7


@dataclass(frozen=True)
class Postmaster:
    """A server process that serves a data folder."""

    pid: int
    port: int | None
    ready: bool


def find_postmaster(data: Path) -> Postmaster | None:
    """Return the server that runs on the data folder, or None: a number left by a crash may be another program's."""
    lines = _pid_lines(data)
    if len(lines) <= _DATA or not lines[_PID].isdigit() or not _serves(int(lines[_PID]), Path(lines[_DATA]), data):
        return None
    port = lines[_PORT] if len(lines) > _PORT else ""
    status = lines[_STATUS] if len(lines) > _STATUS else ""
    return Postmaster(int(lines[_PID]), int(port) if port.isdigit() else None, status == "ready")


def forget_stale_pid(data: Path) -> None:
    """Remove a `postmaster.pid` whose number some other program has by now: the server would take it for itself."""
    if find_postmaster(data) is None:
        (data / PID_FILE).unlink(missing_ok=True)


def _pid_lines(data: Path) -> list[str]:
    try:
        return [line.strip() for line in (data / PID_FILE).read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return []


def _serves(pid: int, started_in: Path, data: Path) -> bool:
    """Tell whether the process is the server of this folder, which may have been moved, or copied from another's."""
    is_here = started_in == data or not started_in.exists()
    return is_here and f" -D {started_in} " in f" {command_line(pid)} "


def command_line(pid: int) -> str:
    """Return the words that a process was started with, or nothing for a number that no process has."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="surrogateescape")
        except (FileNotFoundError, ProcessLookupError):
            return ""
    listing = subprocess.run(  # noqa: S603 - a number of our own
        ["/bin/ps", "-p", str(pid), "-o", "args="], capture_output=True, text=True, check=False
    )
    return listing.stdout.strip()
