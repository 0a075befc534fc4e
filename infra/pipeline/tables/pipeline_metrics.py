"""One row a measurement; the largest table, read by time window."""

from typing import Final

from infra.models.expressions import DEFAULT_BOUNDS
from infra.models.table import Column, Leaf, Partitioning, Table
from infra.pipeline import columns as c
from infra.pipeline.names import PRIVATE

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

_WHEN: Final = "recorded_at"
#: Takes what no month takes, so that no insert ever fails; it stands empty while the months are made in time.
SPARE: Final = Leaf(schema_name=PRIVATE, name=f"{_NAME}_default", bounds=DEFAULT_BOUNDS)


def _required(column: Column) -> Column:
    return column.model_copy(update={"nullable": False}) if column.name == _WHEN else column


#: The same by month. Its months are of no fixed list: `infra.models.partitions` says which there have to be.
METRICS_BY_MONTH: Final[Table] = Table.model_validate(
    PIPELINE_METRICS.model_copy(
        update={
            "columns": tuple(map(_required, PIPELINE_METRICS.columns)),
            "primary_key": ("id", _WHEN),
            "partitioning": Partitioning(method="range", key=(_WHEN,), leaves=(SPARE,)),
        }
    ).model_dump()
)
