"""The indexes: one for every foreign key and every query of the application, none that another makes redundant."""

from typing import Final

from infra.models.index import Index, IndexColumn
from infra.pipeline.names import PRIVATE, PUBLIC


def _index(
    table: str, *columns: str, name: str = "", unique: bool = False, absent: bool = False, schema: str = PUBLIC
) -> Index:
    """Return an index; a column that starts with a minus sign is descending."""
    parts = tuple(IndexColumn(name=column.lstrip("-"), descending=column.startswith("-")) for column in columns)
    return Index(
        schema_name=schema,
        table=table,
        name=name or "_".join((table, *(part.name for part in parts), "idx")),
        columns=parts,
        unique=unique,
        absent=absent,
    )


INDEXES: Final = (
    # One profile a user: the application expects it, and the owner's test of every policy looks here.
    _index("creator_profiles", "user_id", name="creator_profiles_user_id_key", unique=True),
    _index("creator_profiles", "onboarding_stage"),
    _index("creator_profiles", "last_activity_at"),
    _index(
        "creator_profiles",
        "cultural_alignment",
        "readiness_score",
        "onboarding_stage",
        name="creator_profiles_performance_idx",
    ),
    _index("assessment_scores", "creator_profile_id"),
    _index("assessment_scores", "dimension"),
    _index("assessment_scores", "assessed_at"),
    _index("pipeline_sessions", "creator_profile_id", "started_at"),
    _index("pipeline_sessions", "stage"),
    _index("pipeline_sessions", "started_at"),
    _index("agent_potential_mappings", "creator_profile_id", "confidence"),
    _index("agent_potential_mappings", "agent_role"),
    _index("agent_potential_mappings", "-confidence"),
    _index("creator_economics", "creator_profile_id"),
    _index("creator_economics", "revenue_model"),
    _index("creator_economics", "-economic_validation_score"),
    _index("pipeline_metrics", "creator_profile_id"),
    _index("pipeline_metrics", "metric_type", "metric_name", "recorded_at"),
    _index("pipeline_metrics", "recorded_at"),
    _index("creator_feature_flags", "creator_profile_id", "flag_name"),
    _index("creator_feature_flags", "flag_name"),
    _index("creator_feature_flags", "set_by"),
    # An hour is computed anew as a whole.
    _index("metrics_rollup", "hour", schema=PRIVATE),
)

#: Indexes of today that one of the above makes redundant: dropped where they stand, whatever their name.
RETIRED: Final = (
    _index("creator_profiles", "user_id", absent=True),
    _index("creator_profiles", "cultural_alignment", absent=True),
    _index("pipeline_sessions", "creator_profile_id", absent=True),
    _index("agent_potential_mappings", "creator_profile_id", absent=True),
    _index("pipeline_metrics", "metric_type", "metric_name", absent=True),
    _index("creator_feature_flags", "creator_profile_id", absent=True),
)
