"""A backup is proven by restoring it: whatever is missing, changed or damaged is found, and named."""

import subprocess
from pathlib import Path

import pytest

from infra.backups.manifest import Backup, Manifest, TableSum, manifest_path, read_backup, write_manifest
from infra.backups.take import digest_of, take
from infra.backups.verify import differences, portable, verify
from infra.database.target import Target
from infra.errors import RolloutError
from tests.backups.conftest import NOW, PG_DUMP, PG_RESTORE
from tests.clusters import Database
from tests.seeding import checksums


def _refused(backup: Backup, scratch: Target, pg_restore: Path = PG_RESTORE) -> RolloutError:
    """Verify a backup that is no good, and return the error; its manifest has no proof."""
    with pytest.raises(RolloutError) as caught:
        verify(backup, scratch, pg_restore=pg_restore, now=NOW)
    assert caught.value.code == "BAK002"
    assert caught.value.path == f"backup {backup.file}"
    assert caught.value.fix
    assert (scratch.password or "") not in str(caught.value)
    return caught.value


def _rewritten(backup: Backup, **changes: object) -> Backup:
    """Write another manifest beside the backup."""
    changed = Backup(backup.file, Manifest.model_validate(backup.manifest.model_dump() | changes))
    write_manifest(changed)
    return changed


def _with_sum(backup: Backup, table: str, **changes: object) -> Backup:
    sums = [item.model_dump() | (changes if item.table == table else {}) for item in backup.manifest.tables]
    return _rewritten(backup, tables=sums)


def test_a_backup_is_restored_with_every_row(source: Database, backup: Backup, scratch: Target) -> None:
    """By checksums of another kind than the backup's own, each table in the scratch equals the source's.

    What stands in a file runs when it is restored: so that happens as an owner who is no superuser.
    """
    assert scratch.user == "deployer"
    proven = verify(backup, scratch, pg_restore=PG_RESTORE, now=NOW)
    restored = Database(source.server, scratch.name)
    with source.connect(user="admin") as before, restored.connect(user="admin") as after:
        assert checksums(before) == checksums(after)
    assert proven.proof.rows == backup.manifest.rows > 300
    assert proven.proof.warnings == ()
    assert "foreign keys" in " ".join(proven.proof.left_out)
    assert read_backup(backup.file) == proven.backup
    assert proven.backup.verified


def test_a_changed_byte(backup: Backup, scratch: Target) -> None:
    """One bit, anywhere in the file, is found before anything of it is run, and a former proof is taken out."""
    proven = verify(backup, scratch, pg_restore=PG_RESTORE, now=NOW).backup
    whole = proven.file.read_bytes()
    for place in (20, len(whole) // 2, len(whole) - 1):
        proven.file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert "its file is damaged: its SHA-256" in _refused(proven, scratch).problem
        assert not read_backup(proven.file).verified


def test_a_truncated_and_a_missing_file(backup: Backup, scratch: Target) -> None:
    """A file that ends early, or is not there, is named as such."""
    backup.file.write_bytes(backup.file.read_bytes()[:-1])
    assert "bytes, not" in _refused(backup, scratch).problem
    backup.file.unlink()
    assert "cannot be read (No such file" in _refused(backup, scratch).problem


def test_a_file_that_is_no_dump(backup: Backup, scratch: Target) -> None:
    """With the right checksum it is still pg_restore's to judge."""
    backup.file.write_text("no dump")
    changed = _rewritten(backup, size=7, sha256=digest_of(backup.file))
    assert "pg_restore cannot read its file" in _refused(changed, scratch).problem


def test_a_row_that_is_another(backup: Backup, scratch: Target) -> None:
    """Each table that differs is named with what differs, and no other."""
    changed = _with_sum(backup, "public.creator_profiles", digest="0" * 32)
    changed = _with_sum(changed, "public.pipeline_metrics", rows=181)
    problem = _refused(changed, scratch).problem
    assert "public.creator_profiles: other values in its 3 rows; public.pipeline_metrics: 180 rows, not 181" in problem
    assert "assessment_scores" not in problem


def test_a_table_that_is_not_in_the_file(backup: Backup, scratch: Target) -> None:
    """A table too few, and one too many, are both found."""
    sums = [item.model_dump() for item in backup.manifest.tables if item.table != "public.creator_economics"]
    lost = TableSum(table="public.lost", rows=1, digest="")
    problem = _refused(_rewritten(backup, tables=[*sums, lost.model_dump()]), scratch).problem
    assert "public.lost: not restored; public.creator_economics: in the file, not in the manifest" in problem


def test_a_dump_of_other_rows(source: Database, backup: Backup, scratch: Target, tmp_path: Path) -> None:
    """The file of a later moment under the manifest of an earlier one: the changed row is found by its value."""
    with source.connect(user="admin") as connection:
        connection.execute("UPDATE public.creator_economics SET validated_by = 'Eve' WHERE validated_by = 'Ada'")
    later = take(source.deployer, tmp_path / "later", pg_dump=PG_DUMP, now=NOW)
    later.file.replace(backup.file)
    mixed = _rewritten(backup, size=later.manifest.size, sha256=later.manifest.sha256)
    problem = _refused(mixed, scratch).problem
    assert problem.endswith("public.creator_economics: other values in its 3 rows")


def test_a_failing_run_takes_no_proof_away(backup: Backup, scratch: Target, tmp_path: Path) -> None:
    """Where the scratch or the programs are at fault, what was proven stays so; the file is still the same."""
    proven = verify(backup, scratch, pg_restore=PG_RESTORE, now=NOW).backup
    assert "has tables of the pipeline already" in _refused(proven, scratch).problem
    assert "cannot be run" in _refused(proven, _empty(scratch), tmp_path / "pg_restore").problem
    assert "cannot be reached" in _refused(proven, scratch.model_copy(update={"port": 1})).problem
    assert read_backup(proven.file).verified


def _empty(scratch: Target) -> Target:
    return scratch.model_copy(update={"name": "postgres"})


def test_it_is_never_restored_over_its_own_database(source: Database, backup: Backup) -> None:
    """The scratch may not be the database that the backup is of, whatever is left there."""
    assert "is the one that the backup is of" in _refused(backup, source.deployer).problem


def test_what_others_have_in_public_harms_no_row(source: Database, scratch: Target, tmp_path: Path) -> None:
    """A function over a stranger's table cannot be made in the scratch: that is told, and the rows are proven."""
    with source.connect() as connection:
        connection.execute("CREATE TABLE public.theirs (id int)")
        connection.execute("CREATE FUNCTION public.their_first(t public.theirs) RETURNS int AS 'SELECT 1' LANGUAGE sql")
        connection.execute("CREATE TYPE public.mood AS ENUM ('low', 'high')")
        connection.execute("ALTER TABLE public.pipeline_sessions ADD COLUMN mood public.mood DEFAULT 'high'")
    kept = take(source.deployer, tmp_path / "backups", pg_dump=PG_DUMP, now=NOW)
    proof = verify(kept, scratch, pg_restore=PG_RESTORE, now=NOW).proof
    assert len(proof.warnings) >= 1
    assert "theirs" in proof.warnings[0]
    assert proof.rows == kept.manifest.rows


def test_a_scratch_that_cannot_hold_it(source: Database, scratch: Target, tmp_path: Path) -> None:
    """What a table needs and the scratch lacks is in the error, in pg_restore's words."""
    with source.connect(user="admin") as connection:
        connection.execute("CREATE SCHEMA ext; CREATE TYPE ext.vector AS (x int)")
        connection.execute("ALTER TABLE public.pipeline_metrics ADD COLUMN v ext.vector")
    kept = take(source.deployer, tmp_path / "backups", pg_dump=PG_DUMP, now=NOW)
    problem = _refused(kept, scratch).problem
    assert "public.pipeline_metrics: not restored. pg_restore said" in problem
    assert 'schema "ext" does not exist' in problem


@pytest.mark.parametrize("content", [None, "{", "{}", '{"format": 2}'], ids=["none", "no JSON", "empty", "newer"])
def test_a_manifest_that_is_none(tmp_path: Path, content: str | None) -> None:
    """Without its manifest nobody can tell what a backup should hold."""
    file = tmp_path / "x.dump"
    file.touch()
    if content is not None:
        manifest_path(file).write_text(content)
    with pytest.raises(RolloutError, match=r"BAK002 .*x\.dump\.json") as caught:
        read_backup(file)
    assert "rollout backup" in caught.value.fix


def test_no_difference_is_none() -> None:
    """Equal sums say nothing, in whatever order they come."""
    sums = (TableSum(table="a", rows=0, digest="x"), TableSum(table="b", rows=1, digest="y"))
    assert differences(sums, list(reversed(sums))) == []


def test_a_server_s_own_column_option_is_left_out() -> None:
    """Alone, first or last among options; what else a line says stays."""
    line = "ALTER TABLE ONLY public.t ALTER COLUMN c SET ({});\n"
    own = "pg_attver=123"
    assert portable(f"A\n{line.format(own)}B\n") == "A\nB\n"
    for options in (f"{own}, n_distinct=5", f"n_distinct=5, {own}"):
        assert portable(line.format(options)) == line.format("n_distinct=5")
    assert portable(f"SELECT '{own}';\n") == f"SELECT '{own}';\n"


def test_the_file_is_a_plain_one_of_pg_dump(backup: Backup) -> None:
    """Any pg_restore can read it: a person needs nothing of ours."""
    listed = subprocess.run([PG_RESTORE, "--list", backup.file], capture_output=True, text=True, check=True).stdout
    assert "Format: CUSTOM" in listed
    assert "TABLE DATA public creator_profiles" in listed
