"""Removing, restoring and destroying a pipeline that is in use: its phase comes back with it, the ledger stays."""

from contextlib import closing
from pathlib import Path

import pytest

from infra.ddl.rollback import CONFIRMATION
from tests import deploying
from tests.clusters import Database
from tests.ddl.phasing import BY_AND_WHY, SCRIPTS, climb, entries, run, standing, up
from tests.ddl.scripts import catalog_marks, definition, plain, run_script
from tests.ddl.test_rollback_interrupted import cuts
from tests.seeding import checksums, seed

REMOVE, RESTORE, DESTROY = ("rollback/remove.sql", "rollback/restore.sql", "rollback/destroy-data.sql")
CONFIRM = ("-v", f"confirm={CONFIRMATION}")


def sums(database: Database, schema: str = "public") -> dict[str, tuple[int, str]]:
    with database.connect(user="admin") as connection:
        return checksums(connection, schema)


@pytest.mark.parametrize("phase", [1, 3])
def test_a_phase_goes_out_and_comes_back(database18: Database, tmp_path: Path, phase: int) -> None:
    """Grants, flags, cohort and rows are those of the phase that it was in; twice is once, in the ledger too."""
    climb(database18, phase, tmp_path)
    seed(database18)
    before, dump, rows = standing(database18), database18.dump(), sums(database18)
    run(database18, REMOVE, tmp_path, *BY_AND_WHY)
    kept = entries(database18)
    assert kept[-1] == ("removal", "tables", "", "parked", "Ada")
    assert sums(database18, "pipeline_archive") == rows
    run(database18, REMOVE, tmp_path)
    assert entries(database18) == kept
    run(database18, RESTORE, tmp_path)
    assert (standing(database18), database18.dump(), sums(database18)) == (before, dump, rows)
    kept = entries(database18)
    assert kept[-1] == ("rollback", "tables", "", "restored", "deployer")
    marks = catalog_marks(database18)
    run(database18, RESTORE, tmp_path, *BY_AND_WHY)
    assert (entries(database18), catalog_marks(database18)) == (kept, marks)


def test_after_a_destroy_by_the_provider_the_tables_come_back_in_phase_one(
    database18: Database, tmp_path: Path
) -> None:
    """It has turned everything off first: whatever phase it was, the grants that return are those of the state."""
    climb(database18, 1, tmp_path)
    dump = database18.dump()
    for phase in (2, 3):
        up(database18, phase, tmp_path)
    with closing(deploying.Deployer(database18.deployer, definition(phase=3))) as deployer:
        deployer.workspace.lock()
        deployer.down()
    run(database18, RESTORE, tmp_path)
    assert standing(database18).state == (1, "nobody", 0, False)
    assert plain(dump) == plain(standing(database18).dump)


def test_after_everything_is_destroyed_the_ledger_tells_of_it(database: Database, tmp_path: Path) -> None:
    """And everything can be made anew beside it, to the same schema."""
    climb(database, 2, tmp_path)
    run(database, "rollback/phase-2-to-1.sql", tmp_path, *BY_AND_WHY)
    dump = database.dump()
    run(database, DESTROY, tmp_path, *CONFIRM, *BY_AND_WHY)
    run(database, DESTROY, tmp_path, *CONFIRM, *BY_AND_WHY)
    kept = entries(database)
    assert kept[-1] == ("removal", "tables", "", "destroyed", "Ada")
    run(database, "deploy/phase-1.sql", tmp_path)
    assert database.dump() == dump
    assert entries(database) == [*kept, ("phase", "phase", "", "1", "deployer")]


def test_a_deployment_goes_on_where_it_stopped(database18: Database, tmp_path: Path) -> None:
    """Cut off after any statement of a step; nobody can tell afterwards."""
    script = SCRIPTS["deploy/phase-1.sql"]
    run_script(database18, script, tmp_path)
    wanted = database18.dump()
    stops = cuts(script)[::60]
    assert len(stops) > 5
    for number, text in enumerate(stops):
        other = database18.server.create_database(f"stopped_{number}")
        run_script(other, text, tmp_path, check=False)
        again = run_script(other, script, tmp_path, check=False)
        # The last stop is behind everything but the count: there is nothing left to go on with.
        assert again.returncode == 0 or ("already there" in again.stderr and number == len(stops) - 1), again.stderr
        assert other.dump() == wanted, text[-200:]
        assert entries(other) == [("phase", "phase", "", "1", "deployer")]


@pytest.mark.parametrize("name", ["deploy/phase-2.sql", "rollback/phase-2-to-1.sql"])
def test_a_phase_goes_on_where_it_stopped(database18: Database, tmp_path: Path, name: str) -> None:
    """After any statement; what is in the ledger already is not told again."""
    there, back = ("deploy/phase-2.sql", "rollback/phase-2-to-1.sql")
    options = (*BY_AND_WHY, "-v", "until=2099-12-31")
    climb(database18, 1 if name == there else 2, tmp_path)
    other = back if name == there else there
    run(database18, name, tmp_path, *options)
    wanted = standing(database18)
    run(database18, other, tmp_path, *options)
    for text in cuts(SCRIPTS[name]):
        before = len(entries(database18))
        run_script(database18, text, tmp_path, *options, check=False)
        run(database18, name, tmp_path, *options)
        assert standing(database18) == wanted, text[-200:]
        assert len(entries(database18)) == before + (3 if name == there else 1)
        run(database18, other, tmp_path, *options)


def test_a_second_deployment_is_refused_in_any_phase(database18: Database, tmp_path: Path) -> None:
    climb(database18, 2, tmp_path)
    marks = catalog_marks(database18)
    result = run_script(database18, SCRIPTS["deploy/phase-1.sql"], tmp_path, check=False)
    assert result.returncode == 3
    assert "already there: public.creator_profiles" in result.stderr
    assert "rollout_ledger" not in result.stderr
    assert catalog_marks(database18) == marks
