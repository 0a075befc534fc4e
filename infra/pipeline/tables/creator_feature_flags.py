"""One row a flag that was set for one creator, apart from everybody else's."""

from typing import Final

from infra.models.table import OnDelete, Table
from infra.pipeline import columns as c

_NAME: Final = "creator_feature_flags"

CREATOR_FEATURE_FLAGS: Final[Table] = c.table(
    _NAME,
    (
        c.identity(),
        c.column("creator_profile_id", "uuid", required=True),
        c.column("flag_name", "text", required=True),
        c.column("flag_value", "boolean", required=True),
        c.column("override_reason", "text"),
        c.column("set_by", "uuid"),
        c.column("expires_at", "timestamptz"),
        *c.timestamps("created_at"),
    ),
    keys=(c.profile_key(_NAME), c.user_key(_NAME, "set_by", OnDelete.NO_ACTION)),
)
