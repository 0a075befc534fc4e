"""One row a creator: who they are and how far they have come."""

from typing import Final

from infra.models.table import OnDelete, Table
from infra.pipeline import columns as c
from infra.pipeline.names import CREATIVE_ROLES, EXPERIENCE_LEVELS, LEARNING_STYLES, STAGES

_NAME: Final = "creator_profiles"

CREATOR_PROFILES: Final[Table] = c.table(
    _NAME,
    (
        c.identity(),
        c.column("user_id", "uuid", required=True),
        c.column("creative_role", "text", "undefined"),
        c.column("onboarding_stage", "text", "portfolio-submission"),
        c.column("cultural_alignment", "integer", 0),
        c.column("readiness_score", "integer", 0),
        c.column("ai_experience_level", "text", "none"),
        c.column("community_interest", "integer", 0),
        c.column("preferred_learning_style", "text", "project-based"),
        c.column("referral_source", "text"),
        c.column("cultural_motivation", "text"),
        c.column("collaboration_experience", "text"),
        c.column("pipeline_version", "text", "1.0"),
        *c.timestamps("last_activity_at"),
        c.column("metrics", "jsonb", "{}"),
        *c.timestamps("created_at", "updated_at"),
    ),
    checks=(
        c.one_of(_NAME, "creative_role", CREATIVE_ROLES),
        c.one_of(_NAME, "onboarding_stage", STAGES),
        c.percentage(_NAME, "cultural_alignment"),
        c.percentage(_NAME, "readiness_score"),
        c.one_of(_NAME, "ai_experience_level", EXPERIENCE_LEVELS),
        c.percentage(_NAME, "community_interest"),
        c.one_of(_NAME, "preferred_learning_style", LEARNING_STYLES),
    ),
    keys=(c.user_key(_NAME, "user_id", OnDelete.CASCADE),),
)
