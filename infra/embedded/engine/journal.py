"""The journal: each change of the state as a checked line, appended at once and synced in batches."""

import json
import os
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from infra.errors import RolloutError

Entry = dict[str, Any]
#: Within this time after a line is written it is also safe from a loss of power.
SYNC_SECONDS: Final = 0.05


class Journal:
    """A file of entries that extends one state file, named by its hash. It is made with the first entry."""

    def __init__(self, path: Path, base: str) -> None:
        self._path = path
        self._base = base
        self._file: int | None = None
        self._lock = threading.Lock()
        self._dirty = threading.Event()
        self._closing = threading.Event()
        self._syncer: threading.Thread | None = None

    def append(self, *entries: Entry) -> None:
        """Write the entries in one piece; they survive the death of this process from here on."""
        text = b"".join(map(_line, entries))
        with self._lock:
            if self._file is None:
                self._open()
            assert self._file is not None
            os.write(self._file, text)
        self._dirty.set()

    @property
    def used(self) -> bool:
        """Whether anything was written."""
        return self._file is not None

    def close(self) -> None:
        """Sync what is left and close. Nothing may be appended after it."""
        if self._syncer is not None:
            self._closing.set()
            self._dirty.set()
            self._syncer.join()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        self._file = os.open(self._path, flags, 0o600)
        os.write(self._file, _line({"base": self._base}))
        self._syncer = threading.Thread(target=self._sync, name="journal", daemon=True)
        self._syncer.start()

    def _sync(self) -> None:
        while True:
            self._dirty.wait()
            self._dirty.clear()
            assert self._file is not None
            os.fsync(self._file)
            if self._closing.wait(SYNC_SECONDS) and not self._dirty.is_set():
                return


def replay(path: Path, base: str) -> Iterator[Entry]:
    """Yield the entries that extend this base. A last line that was cut off while it was written is dropped.

    Raises:
        RolloutError: ENG002 when a line before the last is damaged.
    """
    if not path.exists():
        return
    lines = path.read_bytes().split(b"\n")
    entries = [_parse(line) for line in lines[:-1]]
    if None in entries[:-1]:
        raise RolloutError(
            "ENG002",
            str(path),
            f"line {entries.index(None) + 1} of the journal is damaged",
            fix="restore the folder from a backup, or move the journal away to go back to the state before that run",
        )
    whole = [entry for entry in entries if entry is not None]
    if whole and whole[0].get("base") == base:
        yield from whole[1:]


def _line(entry: Entry) -> bytes:
    text = json.dumps(entry, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _parse(line: bytes) -> Entry | None:
    checksum, _, text = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    entry: Entry = json.loads(text)
    return entry
