"""A backup is proven by restoring it: whatever is missing, changed or damaged is found, and named."""

from infra.backups.manifest import Backup, read_backup
from infra.backups.verify import verify
from infra.database.target import Target
from tests.backups.conftest import NOW, PG_RESTORE
from tests.clusters import Database
from tests.seeding import checksums


def test_a_backup_is_restored_with_every_row(source: Database, backup: Backup, scratch: Target) -> None:
    """By checksums of another kind than the backup's own, each table in the scratch equals the source's."""
    proven = verify(backup, scratch, pg_restore=PG_RESTORE, now=NOW)
    restored = Database(source.server, scratch.name)
    with source.connect(user="admin") as before, restored.connect(user="admin") as after:
        assert checksums(before) == checksums(after)
    assert proven.proof.rows == backup.manifest.rows > 300
    assert proven.proof.warnings == ()
    assert read_backup(backup.file) == proven.backup
    assert proven.backup.verified
