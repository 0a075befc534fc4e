"""What was measured, hour by hour: the sums and counts that the gates need, and no creator's id."""

from typing import Final

from infra.models.table import Table
from infra.pipeline import columns as c

#: The moments are about the hour's beginning: `seconds` is the sum of how long after it each row was recorded,
#: `squares` of that squared, `products` of that times the value. They are kept of names whose trend is asked alone.
METRICS_ROLLUP: Final[Table] = c.private_table(
    "metrics_rollup",
    (
        c.column("hour", "timestamptz", required=True),
        c.column("metric_name", "text", required=True),
        c.column("stage", "text", required=True),
        c.column("bucket", "integer", required=True),
        c.column("number", "bigint", required=True),
        c.column("unusable", "bigint", required=True),
        c.column("total", "numeric", required=True),
        c.column("least", "numeric"),
        c.column("most", "numeric"),
        c.column("seconds", "numeric"),
        c.column("squares", "numeric"),
        c.column("products", "numeric"),
    ),
    primary_key=("metric_name", "hour", "stage", "bucket"),
)
"""A row an hour (in UTC), name, stage and bucket."""
