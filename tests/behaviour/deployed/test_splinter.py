"""Supabase's database linter itself, where the machine has it, finds nothing to warn of in what is deployed."""

import os
import re
from pathlib import Path
from typing import Any, Final

import pytest
from psycopg.rows import dict_row

from infra.models.access import Access
from tests.behaviour.deployed.test_linter import needs_defaults
from tests.behaviour.lints import LEFT, LEFT_OUT, LINTS, Lint
from tests.behaviour.phased import Phased
from tests.behaviour.pipelines import Pipeline
from tests.clusters import Database

#: Names the linter's file, `splinter.sql` of supabase/splinter. Without it this module is not collected.
VARIABLE: Final = "SPLINTER_SQL"
#: "Visible through pg_graphql": the application reads these tables through its API, and only the names are visible; row
#: security and grants hold there too. They are found only where pg_graphql is installed.
ACCEPTED: Final = frozenset({"pg_graphql_anon_table_exposed", "pg_graphql_authenticated_table_exposed"})


def test_the_linter_itself(pipeline: Pipeline) -> None:
    """No ERROR and no WARN, as the linter runs where `public` is what the API exposes."""
    found = {(row["level"], row["name"], row["metadata"].get("name")) for row in run(pipeline)}
    serious = {(name, thing) for level, name, thing in found if level != "INFO" and name not in ACCEPTED}
    left = {(name, thing) for name, things in LEFT.items() for thing in things if name != "unindexed_foreign_keys"}
    assert serious == (left if pipeline.origin == "adopted" else set())
    assert {name for level, name, _ in found if level == "INFO"} <= {"unused_index", "unindexed_foreign_keys"}


@pytest.mark.parametrize("access", list(Access), ids=lambda access: access.value)
def test_the_linter_at_every_phase(database: Database, access: Access) -> None:
    """No ERROR and no WARN at any phase; what it says of performance is an index that nobody has used yet."""
    phased = Phased(database, access)
    for number in range(1, 6):
        found = [row for row in run(phased.enter(number)) if row["name"] not in ACCEPTED]
        assert [row["detail"] for row in found if row["level"] != "INFO"] == [], number
        assert {row["name"] for row in found} <= {"unused_index"}


@pytest.mark.parametrize("lint", LINTS, ids=str)
def test_our_own_rule_is_the_linter_s(pipeline: Pipeline, lint: Lint) -> None:
    """The mistake that breaks a rule of ours breaks the linter's rule of that name, so that ours is not out of date."""
    exposed = "public, pipeline_private" if "definer_function" in lint.name else "public"
    names = {row["name"] for row in run(pipeline, lint.mistake, exposed, by_deployer=needs_defaults(lint))}
    assert lint.name in names


def test_no_rule_of_the_linter_is_unknown() -> None:
    """A rule that the linter has gained is either among ours, or left out for a reason."""
    text = Path(os.environ[VARIABLE]).read_text(encoding="utf-8")
    rules = set(re.findall(r"^\s+'(\w+)' as name,$", text, re.MULTILINE))
    assert rules == {lint.name for lint in LINTS} | LEFT_OUT


def run(
    pipeline: Pipeline, mistake: str = "SELECT", exposed: str = "public", *, by_deployer: bool = False
) -> list[dict[str, Any]]:
    """Return the linter's findings, after a mistake that is then undone."""
    with pipeline.admin() as admin, admin.transaction(force_rollback=True):
        admin.execute("SET LOCAL ROLE deployer" if by_deployer else "SELECT")
        admin.execute(mistake.encode())
        admin.execute("RESET ROLE")
        admin.execute("SELECT set_config('pgrst.db_schemas', %s, true)", [exposed])
        cursor = admin.cursor(row_factory=dict_row)
        cursor.execute(Path(os.environ[VARIABLE]).read_bytes())
        while cursor.nextset():
            pass
        return cursor.fetchall()
