"""The one row that says where the database stands: its phase, who may enter, and whether the kill switch is set."""

from typing import Final

from infra.models.phase import Audience
from infra.models.table import Check, Table
from infra.pipeline import columns as c

_NAME: Final = "rollout_state"
_ID, _ONLY = c.only_row(_NAME)

ROLLOUT_STATE: Final[Table] = c.private_table(
    _NAME,
    (
        _ID,
        c.column("phase", "integer", required=True),
        c.column("audience", "text", required=True),
        c.column("beta_cap", "integer"),
        c.column("latched", "boolean", default=False, required=True),
        c.column("latched_at", "timestamptz"),
        c.column("latched_by", "text"),
        c.column("latched_reason", "text"),
        c.computed("changed_at", "timestamptz", "now()", required=True),
        c.column("changed_by", "text", required=True),
    ),
    checks=(
        _ONLY,
        Check(name=f"{_NAME}_phase_check", expression="phase >= 1 AND phase <= 5"),
        c.one_of(_NAME, "audience", tuple(Audience)),
        Check(name=f"{_NAME}_beta_cap_check", expression="beta_cap >= 0"),
    ),
)
