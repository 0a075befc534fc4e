"""One row a measurement; the largest table, read by time window."""

from typing import Final

from infra.models.table import Table
from infra.pipeline import columns as c

_NAME: Final = "pipeline_metrics"

PIPELINE_METRICS: Final[Table] = c.table(
    _NAME,
    (
        c.identity(),
        c.column("creator_profile_id", "uuid", required=True),
        c.column("metric_type", "text", required=True),
        c.column("metric_name", "text", required=True),
        c.column("metric_value", "numeric(10,2)", required=True),
        c.column("metric_unit", "text", "count"),
        c.column("stage", "text"),
        *c.timestamps("recorded_at"),
        c.column("metadata", "jsonb", "{}"),
    ),
    keys=(c.profile_key(_NAME),),
)
