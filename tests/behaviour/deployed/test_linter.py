"""Supabase's database linter finds nothing in what is deployed: its rules in queries of our own, and itself."""

import os
from pathlib import Path
from typing import Any, Final

import pytest
from psycopg.rows import dict_row

from tests.behaviour.lints import LINTS, SCOPE, Lint
from tests.behaviour.pipelines import Pipeline
from tests.cluster_state import Connection

#: What adoption leaves alone because it is not ours, and the linter goes on finding.
LEFT: Final = {
    "unindexed_foreign_keys": {"artworks_profile_id_fkey"},
    "function_search_path_mutable": {"update_updated_at_column", "update_creator_activity"},
    "extension_in_public": {"tcn"},
}
#: The linter's file (supabase/splinter), where the machine has it; without it these tests are not there to be skipped.
SPLINTER: Final = [Path(name) for name in (os.environ.get("SPLINTER_SQL"),) if name]
#: "Visible through pg_graphql": the application reads these tables through its API, and only the names are visible; row
#: security and grants hold there too. They are found only where pg_graphql is installed.
ACCEPTED: Final = frozenset({"pg_graphql_anon_table_exposed", "pg_graphql_authenticated_table_exposed"})


def findings(connection: Connection, lint: Lint) -> set[str]:
    return {name for (name,) in connection.execute(lint.query, SCOPE)}


@pytest.mark.parametrize("lint", LINTS, ids=str)
def test_rule(pipeline: Pipeline, lint: Lint) -> None:
    """Nothing of ours breaks the rule; and the rule sees the mistake when somebody makes it."""
    left = LEFT.get(lint.name, set()) if pipeline.origin == "adopted" else set()
    with pipeline.admin() as admin:
        assert findings(admin, lint) == left
        with admin.transaction(force_rollback=True):
            admin.execute("SET LOCAL ROLE deployer" if needs_defaults(lint) else "SELECT")
            admin.execute(lint.mistake)
            admin.execute("RESET ROLE")
            assert len(findings(admin, lint)) == len(left) + 1
        assert findings(admin, lint) == left


def needs_defaults(lint: Lint) -> bool:
    """Whether the mistake lies in what the platform grants on whatever the deployer makes."""
    return lint.name in {"auth_users_exposed", "materialized_view_in_api"}


@pytest.mark.parametrize("file", SPLINTER, ids=lambda file: file.name)
def test_the_linter_itself(pipeline: Pipeline, file: Path) -> None:
    """No ERROR and no WARN, as the linter runs where `public` is what the API exposes."""
    found = {(row["level"], row["name"], row["metadata"].get("name")) for row in run(pipeline, file)}
    serious = {(name, thing) for level, name, thing in found if level != "INFO" and name not in ACCEPTED}
    left = {(name, thing) for name, things in LEFT.items() for thing in things if name != "unindexed_foreign_keys"}
    assert serious == (left if pipeline.origin == "adopted" else set())
    assert {name for level, name, _ in found if level == "INFO"} <= {"unused_index", "unindexed_foreign_keys"}


@pytest.mark.parametrize("file", SPLINTER, ids=lambda file: file.name)
def test_the_linter_sees_a_mistake(pipeline: Pipeline, file: Path) -> None:
    """A table that the API exposes without row security is an ERROR: the linter runs, and sees the exposed schema."""
    mistake = "ALTER TABLE public.creator_profiles DISABLE ROW LEVEL SECURITY"
    assert "rls_disabled_in_public" in {row["name"] for row in run(pipeline, file, mistake)}


def run(pipeline: Pipeline, file: Path, mistake: str = "SELECT") -> list[dict[str, Any]]:
    """Return the linter's findings, after a mistake that is then undone."""
    with pipeline.admin() as admin, admin.transaction(force_rollback=True):
        admin.execute(mistake.encode())
        admin.execute("SET LOCAL pgrst.db_schemas = 'public'")
        cursor = admin.cursor(row_factory=dict_row)
        cursor.execute(file.read_bytes())
        while cursor.nextset():
            pass
        return cursor.fetchall()
