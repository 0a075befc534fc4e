"""One row a revenue model of a creator, with what was validated of it."""

from typing import Final

from infra.models.table import Table
from infra.pipeline import columns as c
from infra.pipeline.names import REVENUE_MODELS

_NAME: Final = "creator_economics"

CREATOR_ECONOMICS: Final[Table] = c.table(
    _NAME,
    (
        c.identity(),
        c.column("creator_profile_id", "uuid", required=True),
        c.column("revenue_model", "text", required=True),
        c.column("projected_monthly_revenue", "integer", 0),
        # As text, so that the server keeps both digits, as it has them where the table stood before.
        c.column("revenue_share_percentage", "numeric(5,2)", "25.00"),
        c.column("economic_validation_score", "integer", 0),
        c.column("market_demand_score", "integer", 70),
        c.column("competitive_advantage_score", "integer", 50),
        c.column("contract_terms", "jsonb", "{}"),
        *c.timestamps("validation_date"),
        c.column("validated_by", "text", "system"),
        *c.timestamps("created_at", "updated_at"),
    ),
    checks=(
        c.one_of(_NAME, "revenue_model", REVENUE_MODELS),
        c.percentage(_NAME, "revenue_share_percentage"),
        c.percentage(_NAME, "economic_validation_score"),
        c.percentage(_NAME, "market_demand_score"),
        c.percentage(_NAME, "competitive_advantage_score"),
    ),
    keys=(c.profile_key(_NAME),),
)
