"""Tells the ledger of a backup that was proven."""

from collections.abc import Callable
from typing import Any, Final

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
    with open_session(target, application_name="rollout backup") as session:
        if read_cluster(session) != verification.backup.manifest.cluster or not is_kept(session):
            return False
        append_entry(session, entry_of(verification, actor=actor, commit=commit))
    return True


def entry_of(verification: Verification, *, actor: str, commit: str) -> Entry:
    """Return what the ledger keeps of a proven backup."""
    return Entry(
        event=EVENT,
        actor=actor,
        commit_id=commit,
        to_value=verification.backup.file.name,
        reason="restored into a scratch database and compared",
        details=details_of(verification),
    )


def details_of(verification: Verification) -> dict[str, Any]:
    """Return the figures of a proven backup."""
    manifest = verification.backup.manifest
    return {
        "file": str(verification.backup.file),
        "sha256": manifest.sha256,
        "tables": verification.proof.tables,
        "rows": verification.proof.rows,
        "verified": True,
        "seconds": round(manifest.seconds + verification.proof.seconds, 3),
    }
