"""One row an assessment of one dimension of a creator's work."""

from typing import Final

from infra.models.table import Table
from infra.pipeline import columns as c
from infra.pipeline.names import ASSESSORS, GROWTH_POTENTIALS

_NAME: Final = "assessment_scores"

ASSESSMENT_SCORES: Final[Table] = c.table(
    _NAME,
    (
        c.identity(),
        c.column("creator_profile_id", "uuid", required=True),
        c.column("dimension", "text", required=True),
        c.column("score", "integer", required=True),
        c.column("max_score", "integer", 100),
        c.column("evidence", "jsonb", "{}"),
        *c.timestamps("assessed_at"),
        c.column("assessor_type", "text", "ai"),
        c.column("cultural_notes", "text"),
        c.column("growth_potential", "text", "medium"),
        c.column("collaboration_readiness", "integer", 50),
        c.column("assessment_version", "text", "1.0"),
        c.column("confidence_score", "integer", 90),
        *c.timestamps("created_at"),
    ),
    checks=(
        c.percentage(_NAME, "score"),
        c.one_of(_NAME, "assessor_type", ASSESSORS),
        c.one_of(_NAME, "growth_potential", GROWTH_POTENTIALS),
        c.percentage(_NAME, "collaboration_readiness"),
        c.percentage(_NAME, "confidence_score"),
    ),
    keys=(c.profile_key(_NAME),),
)
