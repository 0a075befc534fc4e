"""Tells the ledger of a backup that was taken, and of one that was proven: by that alone a gate is passed."""

from collections.abc import Callable
from typing import Any, Final

from infra.backups.manifest import Manifest
from infra.backups.stores import Kept
from infra.backups.verify import Verification
from infra.database.ledger import Entry, append, is_kept
from infra.database.preflight import read_cluster
from infra.database.session import Session, open_session
from infra.database.target import Target

EVENT: Final = "backup"
Append = Callable[[Session, Entry], object]


def record(
    target: Target, verification: Verification, *, actor: str, commit: str, append_entry: Append = append
) -> bool:
    """Append the proven backup to the ledger of the database that it is of; return whether there is such a ledger.

    Raises:
        RolloutError: DB001, DB002 or DB003 when the database cannot be told.
    """
    backup = verification.backup
    entry = Entry(
        event=EVENT,
        actor=actor,
        commit_id=commit,
        to_value=backup.file.name,
        reason="restored into a scratch database and compared",
        details=details_of(verification),
    )
    return _record(target, backup.manifest, entry, append_entry)


def record_taken(target: Target, kept: Kept, *, actor: str, commit: str) -> bool:
    """Append a backup that nobody has restored yet, which no gate counts; return as `record` does.

    Raises:
        RolloutError: as `record` raises it.
    """
    manifest = kept.manifest
    details = {"file": kept.place, "sha256": manifest.sha256, "verified": False, "seconds": manifest.seconds}
    entry = Entry(EVENT, actor, commit, to_value=kept.name, reason="taken, and not restored yet", details=details)
    return _record(target, manifest, entry, append)


def _record(target: Target, manifest: Manifest, entry: Entry, append_entry: Append) -> bool:
    with open_session(target, application_name="rollout backup") as session:
        if read_cluster(session) != manifest.cluster or not is_kept(session):
            return False
        append_entry(session, entry)
    return True


def details_of(verification: Verification) -> dict[str, Any]:
    """Return the figures of a proven backup."""
    manifest = verification.backup.manifest
    return {
        "file": verification.backup.place,
        "sha256": manifest.sha256,
        "tables": verification.proof.tables,
        "rows": verification.proof.rows,
        "objects": verification.proof.objects,
        "verified": True,
        "seconds": round(manifest.seconds + verification.proof.seconds, 3),
    }
