"""Who may do what: the columns that each role may read and write, table by table, for either kind of access."""

from enum import StrEnum
from typing import Final


class Access(StrEnum):
    """Who writes a creator's results: the service (`service`), or, as today, the creator's own session (`legacy`)."""

    SERVICE = "service"
    LEGACY = "legacy"


#: Columns of their own profile that creators fill in at sign-up.
SIGN_UP_COLUMNS: Final = (
    "user_id",
    "creative_role",
    "onboarding_stage",
    "cultural_alignment",
    "readiness_score",
    "ai_experience_level",
    "community_interest",
    "preferred_learning_style",
    "referral_source",
    "cultural_motivation",
)
#: Columns of their own profile that creators may change; the trigger overrules what is sent for `updated_at`.
ANSWER_COLUMNS: Final = (
    "creative_role",
    "ai_experience_level",
    "community_interest",
    "preferred_learning_style",
    "referral_source",
    "cultural_motivation",
    "collaboration_experience",
    "updated_at",
)
#: What today's application also writes with the creator's own session.
LEGACY_UPDATES: Final[dict[str, tuple[str, ...]]] = {
    "creator_profiles": ("onboarding_stage", "cultural_alignment", "readiness_score"),
    "pipeline_sessions": ("completed_at", "feedback", "updated_at"),
}
LEGACY_INSERTS: Final[dict[str, tuple[str, ...]]] = {
    "pipeline_sessions": ("creator_profile_id", "stage", "started_at", "feedback", "next_steps"),
    "assessment_scores": (
        "creator_profile_id",
        "dimension",
        "score",
        "max_score",
        "evidence",
        "assessor_type",
        "growth_potential",
        "collaboration_readiness",
    ),
    "agent_potential_mappings": (
        "creator_profile_id",
        "agent_role",
        "confidence",
        "cultural_fit",
        "reasoning",
        "training_path_suggestion",
        "expected_growth_areas",
    ),
    "pipeline_metrics": (
        "creator_profile_id",
        "metric_type",
        "metric_name",
        "metric_value",
        "metric_unit",
        "stage",
        "recorded_at",
        "metadata",
    ),
}
#: What the service may do besides select, insert and update.
SERVICE_DELETES: Final = frozenset({"creator_economics", "creator_feature_flags"})
#: What monitoring reads: numbers and stages, none of the creators' words. The overview needs the first six columns.
MONITOR_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "creator_profiles": (
        "id",
        "user_id",
        "creative_role",
        "onboarding_stage",
        "cultural_alignment",
        "readiness_score",
        "created_at",
        "updated_at",
        "last_activity_at",
    ),
    "assessment_scores": ("creator_profile_id", "score", "assessed_at"),
    "pipeline_sessions": (
        "id",
        "creator_profile_id",
        "stage",
        "started_at",
        "completed_at",
        "processing_time_ms",
        "error_logs",
    ),
    "agent_potential_mappings": ("creator_profile_id", "agent_role", "confidence"),
    "creator_economics": ("revenue_model", "projected_monthly_revenue", "economic_validation_score", "created_at"),
    "pipeline_metrics": (
        "id",
        "creator_profile_id",
        "metric_type",
        "metric_name",
        "metric_value",
        "metric_unit",
        "stage",
        "recorded_at",
    ),
}
