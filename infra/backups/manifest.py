"""What stands beside a backup: where it is from, what is in it row by row, and whether it was restored once."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from infra.errors import RolloutError

PRIVATE_FILE: Final = 0o600
DUMP_SUFFIX: Final = ".dump"
MANIFEST_SUFFIX: Final = ".json"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TableSum(_Value):
    """A table of the backup: how many rows it has, and a digest over every value of them."""

    table: str
    rows: int
    digest: str


class Described(_Value):
    """A column, function, index or the like of the backup: a digest of its definition, or its entry in the file's list.

    What has an entry is not restored by a check: policies name roles that a scratch server does not have.
    """

    object: str
    digest: str = ""
    entry: str = ""


class Proof(_Value):
    """How a backup was proven: restored, counted and compared with what it was taken from."""

    at: datetime
    seconds: float
    tables: int
    rows: int
    objects: int = 0
    """How many columns, functions, indexes, policies and the like were found as they were."""
    server: str
    left_out: tuple[str, ...]
    """What is in the file and was not restored."""
    warnings: tuple[str, ...] = ()
    """What the scratch database did not take, without harm to a row."""


class Manifest(_Value):
    """What the file beside a backup says of it. Sizes are in bytes, durations in seconds, times in UTC."""

    format: Literal[1] = 1
    file: str
    database: str
    cluster: str
    """The cluster's identifier and the database's name, as `read_cluster` gives them."""
    server: str
    program: str
    taken_at: datetime
    seconds: float
    size: int
    sha256: str
    tables: tuple[TableSum, ...]
    catalog: tuple[Described, ...] = ()
    """Empty in a backup from before this was kept."""
    verified: Proof | None = None

    @property
    def text(self) -> str:
        """What is written."""
        return self.model_dump_json(indent=2) + "\n"

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(item.rows for item in self.tables)


@dataclass(frozen=True)
class Backup:
    """A backup: the file of pg_dump and its manifest; and where it is kept, if the file is a copy."""

    file: Path
    manifest: Manifest
    kept_at: str = ""

    @property
    def place(self) -> str:
        """Where it is kept."""
        return self.kept_at or str(self.file)

    @property
    def verified(self) -> bool:
        """Whether it was restored once with every row."""
        return self.manifest.verified is not None


def manifest_path(file: Path) -> Path:
    """Return the manifest's place for a backup."""
    return file.with_name(file.name + MANIFEST_SUFFIX)


def write_manifest(backup: Backup) -> None:
    """Write the manifest beside the backup, for its owner alone, at once or not at all."""
    path = manifest_path(backup.file)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(backup.manifest.text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def read_backup(file: Path) -> Backup:
    """Return the backup of this file, or of this manifest.

    Raises:
        RolloutError: BAK002 when the manifest is missing or damaged.
    """
    dump = file.with_name(file.name.removesuffix(MANIFEST_SUFFIX))
    path = manifest_path(dump)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(str(dump), f"its manifest {path.name} cannot be read ({error.strerror})") from None
    return Backup(dump, parse_manifest(str(dump), content))


def parse_manifest(place: str, content: bytes) -> Manifest:
    """Return what the manifest of the backup at this place says.

    Raises:
        RolloutError: BAK002 when it is damaged.
    """
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        name = place.rpartition("/")[2] + MANIFEST_SUFFIX
        raise unreadable(place, f"its manifest {name} is damaged ({error.error_count()} faults)") from None


def unreadable(place: str, problem: str) -> RolloutError:
    """Return the error of a backup that is not there whole."""
    fix = "name a .dump with its .dump.json beside it, or take a new backup with `rollout backup`"
    return RolloutError("BAK002", f"backup {place}", problem, fix=fix)


def find_backups(folder: Path) -> list[Path]:
    """Return the backups of a folder, oldest first: the files alone."""
    return [folder / name for name in in_order(file.name for file in folder.glob(f"*{DUMP_SUFFIX}"))]


def in_order(names: Iterable[str]) -> list[str]:
    """Return names of backups by the time in them, oldest first."""
    return sorted(names, key=lambda name: (name.removesuffix(DUMP_SUFFIX).rpartition("-")[2], name))
