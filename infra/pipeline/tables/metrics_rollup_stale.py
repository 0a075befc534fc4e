"""The hours of the rollup that were changed since they were computed, one row for each transaction that did so.

Nobody waits for anybody: two transactions that change one hour write a row each. The hour -infinity stands for all.
"""

from typing import Final

from infra.models.table import Table
from infra.pipeline import columns as c

METRICS_ROLLUP_STALE: Final[Table] = c.private_table(
    "metrics_rollup_stale",
    (c.column("hour", "timestamptz", required=True), c.column("xact", "xid8", required=True)),
    primary_key=("hour", "xact"),
)
