"""Takes a backup and proves it, with the embedded PostgreSQL's programs and a throw-away server of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from infra.backups.record import record, record_taken
from infra.backups.retention import expired
from infra.backups.stores import BucketStore, FolderStore, Kept, Store
from infra.backups.verify import Verification, verify
from infra.cli.stack_settings import read_settings
from infra.cli.stacks import Stack
from infra.database.provenance import provenance
from infra.database.target import Target
from infra.embedded.pg_binaries import wheel_binaries
from infra.embedded.scratch import scratch_server
from infra.errors import RolloutError, RolloutErrors
from infra.models.backups import BackupSettings, is_in_s3, split_place
from infra.models.delivery import AwsSettings

FOLDER: Final = "backups"


@dataclass(frozen=True)
class Proven:
    """A backup that was restored: where it is kept, and what came of it."""

    kept: Kept
    verification: Verification


def take_and_prove(target: Target, store: Store, *, actor: str, commit: str) -> Kept:
    """Take a backup of the database, restore it into a throw-away server, compare it, and tell the ledger.

    Args:
        target: the database as the deployer sees it.
        store: where backups are kept.
        actor: who does it, for the ledger.
        commit: from which commit, for the ledger.

    Raises:
        RolloutError: BAK001 when it cannot be taken, BAK002 when it is not proven, EMB001 without a throw-away server.
    """
    proven = prove_backup(store, take_backup(target, store))
    record(target, proven.verification, actor=actor, commit=commit)
    return proven.kept


def take_backup(target: Target, store: Store) -> Kept:
    """Take a backup with the pg_dump that the project brings.

    Raises:
        RolloutError: BAK001 when it cannot be taken.
    """
    return store.take(target, pg_dump=wheel_binaries() / "pg_dump", now=datetime.now(UTC))


def prove_backup(store: Store, kept: Kept) -> Proven:
    """Restore a backup into a throw-away server, as a login that is no superuser, and compare it.

    Raises:
        RolloutError: BAK002 when it is not proven, EMB001 when there is no throw-away server.
    """
    with store.on_disk(kept) as backup, scratch_server() as scratch:
        pg_restore = wheel_binaries() / "pg_restore"
        verification = verify(backup, scratch.deployer, pg_restore=pg_restore, now=datetime.now(UTC))
    return Proven(Kept(kept.place, kept.name, verification.backup.manifest), verification)


def open_store(stack: Stack, out: str | None) -> Store:
    """Return where the stack's backups are kept: as asked, as the stack file says, or with the embedded parts.

    Raises:
        RolloutError: BAK003 for a place that is none, CLI001 for a bucket where the stack file says nothing of AWS.
        RolloutErrors: with every fault of the stack file.
    """
    settings = read_settings(stack)
    backups = settings.backups
    if out is not None:
        backups = BackupSettings(target=out, kms_key=backups.kms_key if is_in_s3(out) else None)
    if backups.target is None:
        return FolderStore((stack.home / FOLDER / stack.name).resolve())
    if is_in_s3(backups.target):
        return _bucket(backups, settings.aws)
    return FolderStore((stack.folder / backups.target).resolve() if out is None else Path(out).resolve())


def _bucket(backups: BackupSettings, aws: AwsSettings | None) -> Store:
    from infra.aws.s3 import open_bucket  # noqa: PLC0415 - most backups need no AWS

    if aws is None:
        raise RolloutError("CLI001", "--out", "a bucket needs a region", fix="write `aws:` with it in the stack file")
    assert backups.target
    return BucketStore(open_bucket(aws, *split_place(backups.target), backups.kms_key))


def delete_expired(stack: Stack, store: Store) -> list[Kept]:
    """Delete what the stack file does not keep any longer, and return it; what cannot be read is left."""
    settings = read_settings(stack).backups
    gone = expired(readable(store)[0], settings, datetime.now(UTC)) if settings.tidies else []
    for kept in gone:
        store.delete(kept)
    return gone


def readable(store: Store) -> tuple[list[Kept], list[RolloutError]]:
    """Return the backups, oldest first, and what is wrong with those whose manifests cannot be read."""
    found, problems = [], []
    for name in store.names():
        try:
            found.append(store.find(name))
        except RolloutError as error:
            if error.code != "BAK002":
                raise
            problems.append(error)
    return found, problems


def find_backup(store: Store, name: str | None) -> Kept:
    """Return the backup of this name, or the newest one.

    Raises:
        RolloutError: BAK002 when there is none, or when its manifest is missing or damaged.
    """
    names = store.names()
    if name is None and names:
        return store.find(names[-1])
    if name is not None and name in names:
        return store.find(name)
    problem = "there is none" if name is None else f"there is no {name}"
    fix = "take one with `rollout backup`, or say with --out where they are"
    raise RolloutError("BAK002", f"backups in {store.place}", problem, allowed=", ".join(names[-3:]), fix=fix)


def tell_ledger(find_target: Callable[[], Target], verification: Verification) -> str:
    """Tell the stack's ledger, and return why that could not be done: a proof holds even where the database is gone."""
    return _told(lambda who: record(find_target(), verification, actor=who.actor, commit=who.commit))


def tell_taken(find_target: Callable[[], Target], kept: Kept) -> str:
    """Tell the ledger of a backup that nobody has restored yet, which counts for no gate; return why not if not."""
    return _told(lambda who: record_taken(find_target(), kept, actor=who.actor, commit=who.commit))


def _told(tell: Callable[[Any], bool]) -> str:
    try:
        told = tell(provenance())
    except (RolloutError, RolloutErrors) as error:
        return str(error)
    return "" if told else "the stack's database has no ledger, or is not the one that the backup is of"


def backup_document(kept: Kept) -> dict[str, Any]:
    """Return a backup as `--json` shows it."""
    manifest = kept.manifest
    return {
        "file": kept.place,
        "takenAt": manifest.taken_at.isoformat(),
        "database": manifest.database,
        "server": manifest.server,
        "tables": len(manifest.tables),
        "objects": len(manifest.catalog),
        "rows": manifest.rows,
        "bytes": manifest.size,
        "sha256": manifest.sha256,
        "seconds": manifest.seconds,
        "verified": manifest.verified is not None,
        "verifiedAt": manifest.verified.at.isoformat() if manifest.verified else None,
    }
