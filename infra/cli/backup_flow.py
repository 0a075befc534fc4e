"""Takes a backup and proves it, with the embedded PostgreSQL's programs and a throw-away server of its own."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from infra.backups.manifest import Backup
from infra.backups.record import record
from infra.backups.take import take
from infra.backups.verify import Verification, verify
from infra.cli.stacks import Stack
from infra.database.provenance import provenance
from infra.database.target import Target
from infra.embedded.pg_binaries import wheel_binaries
from infra.embedded.scratch import scratch_server
from infra.errors import RolloutError, RolloutErrors

FOLDER: Final = "backups"


def take_and_prove(target: Target, folder: Path, *, actor: str, commit: str) -> Backup:
    """Take a backup of the database, restore it into a throw-away server, compare it, and tell the ledger.

    Args:
        target: the database as the deployer sees it.
        folder: where backups are kept.
        actor: who does it, for the ledger.
        commit: from which commit, for the ledger.

    Raises:
        RolloutError: BAK001 when it cannot be taken, BAK002 when it is not proven, EMB001 without a throw-away server.
    """
    verification = prove_backup(take_backup(target, folder))
    record(target, verification, actor=actor, commit=commit)
    return verification.backup


def take_backup(target: Target, folder: Path) -> Backup:
    """Take a backup with the pg_dump that the project brings.

    Raises:
        RolloutError: BAK001 when it cannot be taken.
    """
    return take(target, folder, pg_dump=wheel_binaries() / "pg_dump", now=datetime.now(UTC))


def prove_backup(backup: Backup) -> Verification:
    """Restore a backup into a throw-away server, as a login that is no superuser, and compare it.

    Raises:
        RolloutError: BAK002 when it is not proven, EMB001 when there is no throw-away server.
    """
    with scratch_server() as scratch:
        pg_restore = wheel_binaries() / "pg_restore"
        return verify(backup, scratch.deployer, pg_restore=pg_restore, now=datetime.now(UTC))


def backup_folder(stack: Stack, out: Path | None) -> Path:
    """Return where the stack's backups are kept: as asked, or with the embedded parts."""
    return (out or stack.home / FOLDER / stack.name).resolve()


def tell_ledger(find_target: Callable[[], Target], verification: Verification) -> str:
    """Tell the stack's ledger, and return why that could not be done: a proof holds even where the database is gone."""
    who = provenance()
    try:
        kept = record(find_target(), verification, actor=who.actor, commit=who.commit)
    except (RolloutError, RolloutErrors) as error:
        return str(error)
    return "" if kept else "the stack's database has no ledger, or is not the one that the backup is of"


def backup_document(backup: Backup) -> dict[str, Any]:
    """Return a backup as `--json` shows it."""
    manifest = backup.manifest
    return {
        "file": str(backup.file),
        "takenAt": manifest.taken_at.isoformat(),
        "database": manifest.database,
        "server": manifest.server,
        "tables": len(manifest.tables),
        "rows": manifest.rows,
        "bytes": manifest.size,
        "sha256": manifest.sha256,
        "seconds": manifest.seconds,
        "verified": manifest.verified is not None,
        "verifiedAt": manifest.verified.at.isoformat() if manifest.verified else None,
    }
