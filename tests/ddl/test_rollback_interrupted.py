"""Scripts that are cut off: after any statement, running the same script again ends where one whole run ends."""

from pathlib import Path

import pytest

from infra.ddl.rollback import CONFIRMATION, rollback_scripts
from tests.clusters import Database
from tests.ddl.scripts import definition, deploy, run_script
from tests.seeding import checksums, seed

SCRIPTS = rollback_scripts(definition())


def cuts(text: str) -> list[str]:
    """Return the text up to each statement's end, the statements of the steps only."""
    lines = text.splitlines()
    start = max(number for number, line in enumerate(lines) if line == "$guard$;" or line.startswith("\\if :confirmed"))
    quoted = False
    found = []
    for number, line in enumerate(lines):
        quoted ^= any(line.count(f"${tag}$") % 2 == 1 for tag in ("revoke", "drop", "body", "ledger", "check"))
        if number > start and not quoted and line.endswith((";", "\\gset")):
            found.append("\n".join(lines[: number + 1]) + "\n")
    return found


def state(database: Database) -> tuple[str, dict[str, tuple[int, str]]]:
    with database.connect(user="admin") as connection:
        row = connection.execute("SELECT to_regclass('public.creator_profiles') IS NULL").fetchone()
        assert row is not None
        return database.dump(), checksums(connection, "pipeline_archive" if row[0] else "public")


def converges(database: Database, folder: Path, one: str, other: str, every: int) -> int:
    """Cut script `one` off at places apart by `every`, run it whole, take it back by `other`; return how many cuts."""
    before = state(database)
    run_script(database, SCRIPTS[one], folder)
    after = state(database)
    run_script(database, SCRIPTS[other], folder)
    assert state(database) == before
    texts = cuts(SCRIPTS[one])[::every]
    for text in texts:
        run_script(database, text, folder, check=False)
        run_script(database, SCRIPTS[one], folder)
        assert state(database) == after, text[-200:]
        run_script(database, SCRIPTS[other], folder)
    assert state(database) == before
    return len(texts)


def test_remove_here_and_there(database18: Database, tmp_path: Path) -> None:
    deploy(database18, tmp_path)
    seed(database18, creators=1)
    assert converges(database18, tmp_path, "remove.sql", "restore.sql", every=7) > 10


@pytest.mark.full
def test_remove_after_every_statement(database: Database, tmp_path: Path) -> None:
    deploy(database, tmp_path)
    seed(database, creators=1)
    assert converges(database, tmp_path, "remove.sql", "restore.sql", every=1) > 100


def test_restore_here_and_there(database18: Database, tmp_path: Path) -> None:
    deploy(database18, tmp_path)
    seed(database18, creators=1)
    run_script(database18, SCRIPTS["remove.sql"], tmp_path)
    assert converges(database18, tmp_path, "restore.sql", "remove.sql", every=61) > 10


@pytest.mark.full
def test_restore_after_every_statement(database: Database, tmp_path: Path) -> None:
    deploy(database, tmp_path)
    seed(database, creators=1)
    run_script(database, SCRIPTS["remove.sql"], tmp_path)
    assert converges(database, tmp_path, "restore.sql", "remove.sql", every=1) > 700


def test_destroy_after_every_statement(database18: Database, tmp_path: Path) -> None:
    """One database a pass: what is destroyed does not come back, so each cut goes on from the one before."""
    deploy(database18, tmp_path)
    seed(database18, creators=1)
    confirm = ("-v", f"confirm={CONFIRMATION}")
    for text in cuts(SCRIPTS["destroy-data.sql"])[::9]:
        run_script(database18, text, tmp_path, *confirm, check=False)
    run_script(database18, SCRIPTS["destroy-data.sql"], tmp_path, *confirm)
    with database18.connect() as connection:
        left = "SELECT relname FROM pg_class WHERE relowner = to_regrole('pipeline_owner') AND relkind = 'r'"
        assert connection.execute(left.encode()).fetchall() == [("rollout_ledger",)]
