"""Walking through the phases with the committed scripts, and what a database looks like at each step."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.ddl.rollback import committed_scripts
from tests.clusters import RESTRICT_KEY, Database
from tests.ddl.scripts import run_script

SCRIPTS = committed_scripts()
BY_AND_WHY = ("-v", "by=Ada", "-v", "why=a test of o'clock")
OVERRIDE = (*BY_AND_WHY, "-v", "until=2099-12-31")


def run(database: Database, name: str, folder: Path, *options: str) -> str:
    """Run a committed script, which must succeed, and return what it says."""
    return run_script(database, SCRIPTS[name], folder, *options).stdout


def fail(database: Database, name: str, folder: Path, *options: str) -> str:
    """Run a committed script, which must refuse, and return why."""
    result: subprocess.CompletedProcess[str] = run_script(database, SCRIPTS[name], folder, *options, check=False)
    assert result.returncode == 3, result.stdout
    return result.stderr


def up(database: Database, phase: int, folder: Path, *options: str) -> str:
    """Go up to the phase, from the one before it."""
    return run(database, f"deploy/phase-{phase}.sql", folder, *OVERRIDE, *options)


def down(database: Database, before: int, after: int, folder: Path) -> str:
    """Go down from one phase to another."""
    return run(database, f"rollback/phase-{before}-to-{after}.sql", folder, *BY_AND_WHY)


def climb(database: Database, phase: int, folder: Path) -> None:
    """Make everything, and go up to the phase."""
    run(database, "deploy/phase-1.sql", folder)
    for number in range(2, phase + 1):
        up(database, number, folder)


@dataclass(frozen=True)
class Standing:
    """A database at one step: schema and grants as a dump, the rollout's rows without their times and authors."""

    dump: str
    state: tuple[Any, ...]
    flags: dict[str, tuple[Any, ...]]
    members: list[tuple[Any, ...]]


def standing(database: Database) -> Standing:
    """Return how the database stands; the provider's own record is left out."""
    options = ("--schema-only", f"--restrict-key={RESTRICT_KEY}", "--exclude-table=pipeline_private.applied_objects")
    with database.connect(user="admin") as connection:
        state = connection.execute("SELECT phase, audience, beta_cap, latched FROM pipeline_private.rollout_state")
        flags = "SELECT name, enabled, requires, cohort_only, obeys_latch FROM pipeline_private.feature_flags"
        members = "SELECT user_id, kind, source, added_by FROM pipeline_private.cohort_members ORDER BY user_id"
        return Standing(
            database.run("pg_dump", *options).stdout,
            state.fetchone() or (),
            {row[0]: row[1:] for row in connection.execute(flags.encode())},
            connection.execute(members.encode()).fetchall(),
        )


def entries(database: Database) -> list[tuple[str, str, str, str, str]]:
    """Return the ledger's entries but those of single flags: event, subject, from, to and actor."""
    query = """SELECT event, subject, from_value, to_value, actor FROM pipeline_private.rollout_ledger
                WHERE event <> 'flag' ORDER BY recorded_at"""
    with database.connect(user="admin") as connection:
        return connection.execute(query.encode()).fetchall()
