"""A disk that is full: a tablespace on a tmpfs of one megabyte, which a build and a table run into."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from infra.embedded.pg_account import server_account
from infra.models.index import Index, IndexColumn
from infra.models.table import Column
from tests.clusters import Database, connect, open_folder
from tests.faults.conftest import Fault
from tests.faults.invariants import Invariants
from tests.provider.kinds.bench import MISSING, Bench
from tests.provider.kinds.samples import ID, NOTES, OWNER, PEOPLE

SPACE: Final = "1m"
#: Rows in the small tablespace, about 650 KiB; the index on both columns needs more than what is left then.
ROWS: Final = (
    "INSERT INTO public.people (name) SELECT md5(n::text) || md5((-n)::text) FROM generate_series(1, 4000) AS n"
)
WIDE: Final = Index(table="people", name="people_wide_idx", columns=(IndexColumn(name="name"), IndexColumn(name="id")))
ELSEWHERE: Final = NOTES.model_copy(
    update={"name": "elsewhere", "foreign_keys": (), "checks": (), "columns": (ID, Column(name="text", type="text"))}
)


@contextmanager
def _small_disk() -> Iterator[Path]:
    """Mount a tmpfs that the server's account may write to."""
    folder = open_folder()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SPACE}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        shutil.rmtree(folder)
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no tmpfs may be mounted here: {done.stderr}")
    try:
        account = server_account()
        if account is not None:
            os.chown(folder, account.uid, account.gid)
        folder.chmod(0o700)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@contextmanager
def _small_tablespace(database: Database) -> Iterator[Path]:
    """Have every new table and index of the database stand there."""
    with _small_disk() as folder:
        _as_admin(
            database,
            f"CREATE TABLESPACE tiny LOCATION '{folder}'",
            "GRANT CREATE ON TABLESPACE tiny TO PUBLIC",
            f"ALTER DATABASE {database.name} SET default_tablespace = tiny",
        )
        try:
            yield folder
        finally:
            _as_admin(database, f"DROP DATABASE {database.name} WITH (FORCE)", "DROP TABLESPACE tiny")


def _as_admin(database: Database, *statements: str) -> None:
    with connect(database.server.admin) as admin:
        for statement in statements:
            admin.execute(statement.encode())


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize // 1024


@pytest.mark.fault(
    "F24",
    how="a tablespace on a tmpfs of 1 MB, filled up by the build",
    result="53100 explained; the invalid index dropped in the same run, and its space back",
)
def test_an_index_for_which_there_is_no_room(bench18: Bench, fault: Fault) -> None:
    with _small_tablespace(bench18.database) as folder:
        bench18.reopen()
        bench18.create(PEOPLE)
        bench18.admin(
            ROWS,
            "CHECKPOINT",
        )
        invariants = Invariants.before(bench18.database)
        before = _free(folder)
        (refused,) = bench18.refusals(WIDE)
        assert refused.path == "index public.people_wide_idx"
        assert "[SQLSTATE 53100]" in refused.problem
        assert "Fix: the disk is full: free space in the tablespace" in str(refused)
        assert bench18.rows("SELECT FROM pg_class WHERE relname = 'people_wide_idx'") == []
        bench18.admin("CHECKPOINT")
        assert _free(folder) == before
        with fault.recovering():
            subprocess.run(["mount", "-o", "remount,size=8m", str(folder)], check=True)
            bench18.create(WIDE)
        assert bench18.drift(WIDE) == []
        invariants.said(str(refused))
        bench18.close()
        invariants.hold()


@pytest.mark.fault(
    "F24", how="the same, filled up before a table is made", result="53100 explained; the table is rolled back whole"
)
def test_a_table_for_which_there_is_no_room(bench18: Bench, fault: Fault) -> None:
    """Its index for the primary key finds no page: nothing of the table is left either."""
    with _small_tablespace(bench18.database) as folder:
        bench18.reopen()
        bench18.create(PEOPLE)
        filler = folder / "filler"
        filler.write_bytes(bytes(1024 * max(_free(folder) - 4, 0)))
        (refused,) = bench18.refusals(ELSEWHERE)
        assert "[SQLSTATE 53100]" in refused.problem
        assert bench18.drift(ELSEWHERE) == MISSING
        assert bench18.rows("SELECT FROM pg_class WHERE relname ~ 'elsewhere'") == []
        with fault.recovering():
            filler.unlink()
            bench18.create(ELSEWHERE)
        assert bench18.drift(ELSEWHERE) == []
        assert OWNER in str(bench18.rows("SELECT relowner::regrole::text FROM pg_class WHERE relname = 'elsewhere'"))
