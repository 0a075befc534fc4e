"""The locks of a file backend: whose they are, whether their owner is dead, and the end of what is left behind."""

import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from infra.errors import RolloutError

SCHEME: Final = "file"
#: A process begins before it takes its lock. The clock of the kernel's ticks may be behind the wall's by so much.
SLACK: Final = timedelta(seconds=5)
_PROC: Final = Path("/proc")


class Owner(Enum):
    """What is known of a lock's owner."""

    DEAD = "dead"
    ALIVE = "alive"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Lock:
    """One lock file, as Pulumi writes it."""

    path: Path
    pid: int = 0
    user: str = ""
    host: str = ""
    since: datetime | None = None

    @property
    def text(self) -> str:
        """Who holds it, in words."""
        since = f" since {self.since:%Y-%m-%d %H:%M:%S} UTC" if self.since else ""
        return f"{self.user}@{self.host}, process {self.pid}{since}" if self.host else f"{self.path.name}, unreadable"


@dataclass(frozen=True)
class Process:
    """When a process began, and whether it has ended and only waits for its parent to take notice."""

    started: datetime
    buried: bool = False


def lock_folder(folder: Path, backend: str, project: str, stack: str) -> Path | None:
    """Return where a backend keeps a stack's locks, seen from a folder; None for one that is no folder itself."""
    parts = urlsplit(backend)
    if parts.scheme != SCHEME:
        return None
    root = folder / Path(unquote(parts.netloc + parts.path)).expanduser() / ".pulumi"
    # A backend of the time before projects, which may be in use still, has no folder for them.
    with_projects = (root / "meta.yaml").exists() or (root / "locks" / "organization").is_dir()
    below = ("organization", project, stack) if with_projects else (stack,)
    return root.joinpath("locks", *below)


def read_locks(folder: Path) -> Iterator[Lock]:
    """Yield the locks that stand there now."""
    for path in sorted(folder.glob("*.json")):
        yield _read(path)


def owner_of(lock: Lock) -> Owner:
    """Tell whether whoever took a lock is dead: on this machine, with no process of that number from before it."""
    if not lock.host or lock.since is None or lock.host != socket.gethostname():
        return Owner.UNKNOWN
    if not _exists(lock.pid):
        return Owner.DEAD
    process = read_process(lock.pid)
    if process is None:
        return Owner.ALIVE
    return Owner.DEAD if process.buried or process.started > lock.since + SLACK else Owner.ALIVE


def read_process(pid: int) -> Process | None:
    """Return what the kernel tells of a process; None where it tells nothing."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        lines = (_PROC / "stat").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    booted = next(int(line.split()[1]) for line in lines if line.startswith("btime"))
    started = datetime.fromtimestamp(booted + int(fields[19]) / os.sysconf("SC_CLK_TCK"), UTC)
    return Process(started, buried=fields[0] in "ZX")


def remove(lock: Lock) -> None:
    """Remove this one lock, if it is still the same, with what the backend keeps beside it."""
    if _read(lock.path) != lock:
        return
    lock.path.unlink(missing_ok=True)
    lock.path.with_name(f"{lock.path.name}.attrs").unlink(missing_ok=True)


def held_error(lock: Lock, stack: str) -> RolloutError:
    """Return the refusal of a lock whose owner lives, or may."""
    alive = owner_of(lock) is Owner.ALIVE
    fix = "wait until it has ended, or stop it with Ctrl-C"
    if not alive:
        fix = f"look there whether it lives; if it is dead, delete that one lock: {lock.path}"
    return RolloutError("CLI007", f"stack {stack}", f"another run works on its state: {lock.text}", fix=fix)


def _read(path: Path) -> Lock:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(content["timestamp"]).astimezone(UTC)
        return Lock(path, int(content["pid"]), str(content["username"]), str(content["hostname"]), since)
    except (OSError, ValueError, KeyError, TypeError):
        return Lock(path)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
