"""What a run over a fleet has come to, kept in a file so that the rest can be resumed."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from infra.errors import RolloutError
from infra.files import replace_file
from infra.models.fleet import Wave

_MODE: Final = 0o600


class Standing(StrEnum):
    """What has become of a stack in this run."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Record:
    """One stack: its wave, how it stands, when that was told (UTC), how long it took, and why it failed."""

    wave: str
    standing: Standing = Standing.PENDING
    at: str = ""
    seconds: float = 0.0
    why: str = ""


class Journal:
    """The records of one run; each change is on disk before anything goes on."""

    def __init__(self, path: Path, records: dict[str, Record]) -> None:
        self.path = path
        self.records = records

    def note(self, stack: str, standing: Standing, *, seconds: float = 0.0, why: str = "") -> None:
        """Keep what has become of a stack.

        Raises:
            RolloutError: FLEET002 when it cannot be written.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        record = replace(self.records[stack], standing=standing, at=now, seconds=round(seconds, 1), why=why)
        self.records[stack] = record
        self.save()

    def save(self) -> None:
        """Write the file in one step."""
        content = {"stacks": {name: asdict(record) for name, record in self.records.items()}}
        try:
            replace_file(self.path, json.dumps(content, indent=1).encode(), mode=_MODE)
        except OSError as error:
            raise _unusable(self.path, f"it cannot be written ({error.strerror})") from None

    def of(self, standing: Standing) -> list[str]:
        """Return the stacks that stand so, in the order of the waves."""
        return [name for name, record in self.records.items() if record.standing is standing]


def read_journal(path: Path) -> Journal:
    """Return the last run.

    Raises:
        RolloutError: FLEET002 when there was none, or its file is damaged.
    """
    try:
        stacks: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["stacks"]
        records = {name: Record(**{**entry, "standing": Standing(entry["standing"])}) for name, entry in stacks.items()}
    except FileNotFoundError:
        problem = "there was no run over this fleet"
        raise RolloutError("FLEET002", path.name, problem, fix="begin one with `rollout fleet up`") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _unusable(path, f"it cannot be read ({type(error).__name__})") from None
    return Journal(path, records)


@contextmanager
def begin_journal(path: Path, waves: tuple[Wave, ...], *, resume: bool) -> Iterator[Journal]:
    """Yield the journal of a run that begins, or goes on, which nobody else may do meanwhile.

    What is done stays done when a run is resumed, as long as the fleet still has the stack; all else is pending.

    Raises:
        RolloutError: FLEET002 as `read_journal` does; CLI007 while another run is at it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(path.with_suffix(".lock")):
        former = read_journal(path).records if resume else {}
        records = {
            name: former[name] if name in former and former[name].standing is Standing.DONE else Record(wave.name)
            for wave in waves
            for name in wave.stacks
        }
        journal = Journal(path, records)
        journal.save()
        yield journal


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            problem = "another run works on this fleet"
            raise RolloutError("CLI007", "fleet", problem, fix="wait until it is done, then run this again") from None
        yield
    finally:
        os.close(descriptor)


def _unusable(path: Path, problem: str) -> RolloutError:
    return RolloutError("FLEET002", path.name, problem, fix="look at the file, or begin a new run without --resume")
