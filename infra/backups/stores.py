"""Where backups are kept: a folder, or a bucket of S3. What is proven is proven from a file on this machine."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from infra.aws.s3 import Bucket
from infra.backups.manifest import (
    DUMP_SUFFIX,
    MANIFEST_SUFFIX,
    Backup,
    Manifest,
    find_backups,
    in_order,
    manifest_path,
    parse_manifest,
    read_backup,
    unreadable,
)
from infra.backups.programs import Piped
from infra.backups.take import stream, take
from infra.database.target import Target


@dataclass(frozen=True)
class Kept:
    """A backup where it is kept: `place` is the path, or the address in S3."""

    place: str
    name: str
    manifest: Manifest


class Store(Protocol):
    """A place of backups. Names are those of the dumps."""

    @property
    def place(self) -> str:
        """The folder, or the address in S3."""

    def take(self, target: Target, *, pg_dump: Path, now: datetime) -> Kept:
        """Take a backup of the database.

        Raises:
            RolloutError: BAK001, and of S3 AWS001 or AWS002; then nothing of it is left.
        """

    def names(self) -> list[str]:
        """Return all backups, oldest first."""

    def find(self, name: str) -> Kept:
        """Return a backup.

        Raises:
            RolloutError: BAK002 when its manifest is missing or damaged.
        """

    def on_disk(self, kept: Kept) -> AbstractContextManager[Backup]:
        """Yield it as files on this machine; what is written into the manifest meanwhile is kept with it."""

    def delete(self, kept: Kept) -> None:
        """Delete it; what is gone already is no error."""


@dataclass(frozen=True)
class FolderStore:
    """A folder, for its owner alone."""

    folder: Path

    @property
    def place(self) -> str:
        """See `Store`."""
        return str(self.folder)

    def take(self, target: Target, *, pg_dump: Path, now: datetime) -> Kept:
        """See `Store`."""
        return _kept(take(target, self.folder, pg_dump=pg_dump, now=now))

    def names(self) -> list[str]:
        """See `Store`."""
        return [file.name for file in find_backups(self.folder)]

    def find(self, name: str) -> Kept:
        """See `Store`."""
        return _kept(read_backup(self.folder / name))

    @contextmanager
    def on_disk(self, kept: Kept) -> Iterator[Backup]:
        """See `Store`."""
        yield Backup(self.folder / kept.name, kept.manifest)

    def delete(self, kept: Kept) -> None:
        """See `Store`. The dump goes first: without it the manifest is nobody's."""
        file = self.folder / kept.name
        file.unlink(missing_ok=True)
        manifest_path(file).unlink(missing_ok=True)


@dataclass(frozen=True)
class BucketStore:
    """A bucket of S3: what pg_dump writes goes there as it comes, and the manifest once it is whole."""

    bucket: Bucket

    @property
    def place(self) -> str:
        """See `Store`."""
        return self.bucket.address()

    def take(self, target: Target, *, pg_dump: Path, now: datetime) -> Kept:
        """See `Store`."""
        begun: list[str] = []

        def receive(name: str, dump: Piped) -> int:
            begun.append(name)
            return self.bucket.upload(name, dump)

        try:
            manifest = stream(target, pg_dump=pg_dump, now=now, receive=receive)
            self._write(manifest)
        except BaseException:
            for name in begun:
                self.bucket.delete(name)
            raise
        return self._kept(manifest)

    def names(self) -> list[str]:
        """See `Store`."""
        return in_order(name for name in self.bucket.names() if name.endswith(DUMP_SUFFIX))

    def find(self, name: str) -> Kept:
        """See `Store`."""
        dump = name.removesuffix(MANIFEST_SUFFIX)
        address = self.bucket.address(dump)
        content = self.bucket.get(dump + MANIFEST_SUFFIX)
        if content is None:
            raise unreadable(address, f"its manifest {dump}{MANIFEST_SUFFIX} is not there")
        return Kept(address, dump, parse_manifest(address, content))

    @contextmanager
    def on_disk(self, kept: Kept) -> Iterator[Backup]:
        """See `Store`. The copy is deleted afterwards."""
        with tempfile.TemporaryDirectory(prefix="rollout-backup-") as folder:
            backup = Backup(Path(folder, kept.name), kept.manifest, kept.place)
            if not self.bucket.download(kept.name, backup.file):
                raise unreadable(kept.place, "there is no such object")
            path = manifest_path(backup.file)
            try:
                yield backup
            finally:
                if path.exists():
                    self._write(parse_manifest(kept.place, path.read_bytes()))

    def delete(self, kept: Kept) -> None:
        """See `Store`."""
        self.bucket.delete(kept.name)
        self.bucket.delete(kept.name + MANIFEST_SUFFIX)

    def _write(self, manifest: Manifest) -> None:
        self.bucket.put(manifest.file + MANIFEST_SUFFIX, manifest.text.encode())

    def _kept(self, manifest: Manifest) -> Kept:
        return Kept(self.bucket.address(manifest.file), manifest.file, manifest)


def _kept(backup: Backup) -> Kept:
    return Kept(str(backup.file), backup.file.name, backup.manifest)
