"""The ledger hears of a proven backup, and of it alone: by the database that it is of."""

from pathlib import Path

from infra.backups.manifest import Backup
from infra.backups.record import record
from infra.backups.take import take
from infra.backups.verify import verify
from infra.database.ledger import Entry, read_ledger
from infra.database.session import Session, open_session
from infra.database.target import Target
from tests.backups.conftest import NOW, PG_DUMP, PG_RESTORE
from tests.clusters import Database


def test_the_entry(source: Database, backup: Backup, scratch: Target) -> None:
    """It names file, checksum and figures, who and which commit."""
    proven = verify(backup, scratch, pg_restore=PG_RESTORE, now=NOW)
    assert record(source.deployer, proven, actor="ada", commit="c0ffee")
    with open_session(source.deployer, application_name="test") as session:
        (entry,) = read_ledger(session, event="backup")
    assert (entry.actor, entry.commit_id, entry.to_value) == ("ada", "c0ffee", backup.file.name)
    assert entry.details == {
        "file": str(backup.file),
        "sha256": backup.manifest.sha256,
        "tables": len(backup.manifest.tables),
        "rows": backup.manifest.rows,
        "objects": len(backup.manifest.catalog),
        "verified": True,
        "seconds": round(backup.manifest.seconds + proven.proof.seconds, 3),
    }


def test_another_database_is_not_told(source: Database, backup: Backup, scratch: Target) -> None:
    """Its ledger would claim a backup that it does not have, though the scratch has one after the restore."""
    proven = verify(backup, scratch, pg_restore=PG_RESTORE, now=NOW)
    told: list[Entry] = []

    def append(session: Session, entry: Entry) -> None:
        assert session.target == source.deployer
        told.append(entry)

    assert not record(scratch, proven, actor="a", commit="", append_entry=append)
    assert record(source.deployer, proven, actor="a", commit="", append_entry=append)
    assert len(told) == 1


def test_a_database_without_a_ledger(source: Database, scratch: Target, tmp_path: Path) -> None:
    """Before the first deployment of the rollout there is none: that is said, and is no error."""
    with source.connect(user="admin") as connection:
        connection.execute("DROP TABLE pipeline_private.rollout_ledger CASCADE")
    kept = take(source.deployer, tmp_path / "backups", pg_dump=PG_DUMP, now=NOW)
    assert not record(source.deployer, verify(kept, scratch, pg_restore=PG_RESTORE, now=NOW), actor="a", commit="")
