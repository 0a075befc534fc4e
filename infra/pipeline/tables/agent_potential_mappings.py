"""One row an agent role that might suit a creator, with how sure that is."""

from typing import Final

from infra.models.table import Table
from infra.pipeline import columns as c
from infra.pipeline.names import AGENT_ROLES

_NAME: Final = "agent_potential_mappings"

AGENT_POTENTIAL_MAPPINGS: Final[Table] = c.table(
    _NAME,
    (
        c.identity(),
        c.column("creator_profile_id", "uuid", required=True),
        c.column("agent_role", "text", required=True),
        c.column("confidence", "integer", required=True),
        c.column("cultural_fit", "integer", required=True),
        c.column("reasoning", "text[]", "{}"),
        c.column("training_path_suggestion", "text", required=True),
        c.column("expected_growth_areas", "text[]", "{}"),
        c.column("market_analysis", "jsonb", "{}"),
        c.column("economic_viability", "jsonb", "{}"),
        c.column("launch_readiness", "integer", 0),
        c.column("recommendation_rank", "integer", 1),
        *c.timestamps("created_at", "updated_at"),
    ),
    checks=(
        c.one_of(_NAME, "agent_role", AGENT_ROLES),
        c.percentage(_NAME, "confidence"),
        c.percentage(_NAME, "cultural_fit"),
        c.percentage(_NAME, "launch_readiness"),
    ),
    keys=(c.profile_key(_NAME),),
)
