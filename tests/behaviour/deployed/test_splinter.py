"""Supabase's database linter itself, where the machine has it, finds nothing to warn of in what is deployed."""

import os
from pathlib import Path
from typing import Any, Final

from psycopg.rows import dict_row

from tests.behaviour.lints import LEFT
from tests.behaviour.pipelines import Pipeline

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


def test_the_linter_sees_a_mistake(pipeline: Pipeline) -> None:
    """A table that the API exposes without row security is an ERROR: the linter runs, and sees the exposed schema."""
    mistake = "ALTER TABLE public.creator_profiles DISABLE ROW LEVEL SECURITY"
    assert "rls_disabled_in_public" in {row["name"] for row in run(pipeline, mistake)}


def run(pipeline: Pipeline, mistake: str = "SELECT") -> list[dict[str, Any]]:
    """Return the linter's findings, after a mistake that is then undone."""
    with pipeline.admin() as admin, admin.transaction(force_rollback=True):
        admin.execute(mistake.encode())
        admin.execute("SET LOCAL pgrst.db_schemas = 'public'")
        cursor = admin.cursor(row_factory=dict_row)
        cursor.execute(Path(os.environ[VARIABLE]).read_bytes())
        while cursor.nextset():
            pass
        return cursor.fetchall()
