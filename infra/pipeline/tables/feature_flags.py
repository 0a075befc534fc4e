"""One row a flag: whether it is on, for whom, and which flag it requires."""

from typing import Final

from infra.models.flag import FlagName
from infra.models.table import Table
from infra.pipeline import columns as c

_NAME: Final = "feature_flags"

FEATURE_FLAGS: Final[Table] = c.private_table(
    _NAME,
    (
        c.column("name", "text", required=True),
        c.column("enabled", "boolean", default=False, required=True),
        c.column("requires", "text"),
        c.column("cohort_only", "boolean", default=True, required=True),
        c.column("obeys_latch", "boolean", default=True, required=True),
        c.computed("updated_at", "timestamptz", "now()", required=True),
        c.column("updated_by", "text", required=True),
    ),
    primary_key=("name",),
    checks=(c.one_of(_NAME, "name", tuple(FlagName)),),
)
