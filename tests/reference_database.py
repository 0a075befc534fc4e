"""The application's database as it stood before, known faults included, and things in it that are not ours."""

from pathlib import Path
from typing import Final

from tests.clusters import Database

_FOLDER: Final = Path(__file__).parent / "reference"
#: Retired by the definition, whose other indexes serve the same queries.
RETIRED_INDEXES: Final = frozenset(
    {
        "creator_profiles_user_id_idx",
        "creator_profiles_cultural_alignment_idx",
        "pipeline_sessions_creator_profile_id_idx",
        "agent_potential_mappings_creator_profile_id_idx",
        "pipeline_metrics_metric_type_metric_name_idx",
        "creator_feature_flags_creator_profile_id_idx",
    }
)


def build_reference(database: Database, *, theirs: bool = True) -> None:
    """Build the database of before, as its owner the deployer; `theirs` adds what is not the pipeline's."""
    _run(database, "today.sql")
    if theirs:
        _run(database, "theirs.sql")


def drop_theirs(database: Database) -> None:
    """Take away, from an adopted database, all that is not the pipeline's."""
    _run(database, "without_theirs.sql")


def _run(database: Database, name: str) -> None:
    database.psql("--quiet", "--single-transaction", f"--file={_FOLDER / name}")
