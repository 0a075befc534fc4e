"""Where a stack's state lives: a Pulumi deployment file and the journal that extends it while a run goes on."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.embedded.engine.journal import Entry, Journal, replay
from infra.embedded.engine.lock import StateLock
from infra.embedded.engine.records import Record
from infra.errors import RolloutError

DEPLOYMENT_VERSION: Final = 3
#: The embedded server's account walks through the home to its own data.
WALK_THROUGH: Final = 0o711
PRIVATE: Final = 0o700
OTHERS: Final = 0o077


@dataclass(frozen=True)
class PendingOperation:
    """What a run was about when it died."""

    type: str
    record: Record


@dataclass(frozen=True)
class Loaded:
    """A state as read: the resources by key, in order, what was under way, and the hash of the file."""

    records: dict[int, Record]
    pending: tuple[PendingOperation, ...]
    base: str


class Store:
    """The folder `state/<project>/<stack>` of a home: `deployment.json` (0600, with secrets), a journal, a lock."""

    def __init__(self, home: Path, project: str, stack: str) -> None:
        self._home = home
        self.folder = home / "state" / project / stack
        self._deployment = self.folder / "deployment.json"
        self._journal = self.folder / "journal.jsonl"

    def lock(self) -> StateLock:
        """Return the lock of this state, to be held by every run that writes."""
        self._make_folder()
        return StateLock(self.folder / "lock")

    def load(self) -> Loaded:
        """Read the state and replay the journal that a run has left behind.

        Raises:
            RolloutError: ENG002 when either cannot be read.
        """
        content = self._deployment.read_bytes() if self._deployment.exists() else b""
        base = hashlib.sha256(content).hexdigest()
        found, left = self._parse(content) if content else ([], [])
        records = dict(enumerate(found))
        operations: dict[int, PendingOperation] = {}
        for entry in replay(self._journal, base):
            _apply(entry, records, operations)
        return Loaded(records, (*left, *operations.values()), base)

    def journal(self, base: str) -> Journal:
        """Return a journal that extends the state of this hash."""
        return Journal(self._journal, base)

    @property
    def has_journal(self) -> bool:
        """Whether a run has left a journal."""
        return self._journal.exists()

    def save(self, deployment: dict[str, Any]) -> None:
        """Replace the state file in one step, and drop the journal that is now part of it."""
        self._make_folder()
        self._write(json.dumps(deployment, indent=1).encode())
        self._journal.unlink(missing_ok=True)

    def _make_folder(self) -> None:
        """Make what is missing of the way to the folder: from `state` on it is the owner's alone."""
        if not self._home.exists():
            self._home.mkdir(parents=True, exist_ok=True)
            self._home.chmod(WALK_THROUGH)
        for folder in (self.folder.parents[1], self.folder.parents[0], self.folder):
            folder.mkdir(exist_ok=True, mode=PRIVATE)
            if folder.stat().st_mode & OTHERS:
                folder.chmod(PRIVATE)

    def _write(self, content: bytes) -> None:
        temporary = self._deployment.with_suffix(".tmp")
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(self._deployment)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _parse(self, content: bytes) -> tuple[list[Record], list[PendingOperation]]:
        try:
            document = json.loads(content)
            return parse_deployment(document), parse_pending(document)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RolloutError(
                "ENG002",
                str(self._deployment),
                f"the state file cannot be read ({type(error).__name__})",
                fix="restore it from a backup, or move it away: `up` adopts what is in the database",
            ) from None


def parse_deployment(document: dict[str, Any]) -> list[Record]:
    """Return the resources of a deployment such as `pulumi stack export` gives."""
    if document["version"] != DEPLOYMENT_VERSION:
        raise ValueError(document["version"])
    return [Record.from_json(resource) for resource in document["deployment"].get("resources") or []]


def parse_pending(document: dict[str, Any]) -> list[PendingOperation]:
    """Return what was under way when the deployment was written, as Pulumi's own engine notes it there."""
    return [
        PendingOperation(operation["type"], Record.from_json(operation["resource"]))
        for operation in document["deployment"].get("pending_operations") or []
    ]


def _apply(entry: Entry, records: dict[int, Record], operations: dict[int, PendingOperation]) -> None:
    match entry["do"]:
        case "put":
            records[entry["key"]] = Record.from_json(entry["resource"])
        case "drop":
            records.pop(entry["key"], None)
        case "begin":
            operations[entry["number"]] = PendingOperation(entry["type"], Record.from_json(entry["resource"]))
        case "end":
            operations.pop(entry["number"], None)
