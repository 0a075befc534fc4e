"""The one row that says up to where the rollup holds, and under which triggers it was made."""

from typing import Final

from infra.models.table import Table
from infra.pipeline import columns as c

_NAME: Final = "metrics_rollup_state"
_ID, _ONLY = c.only_row(_NAME)

#: `settled_at`: whatever was not marked and lies earlier than this, less the lag, is committed or gone. The checkpoint
#: is a moment and the first transaction after it: once none before that one runs, the moment is settled.
METRICS_ROLLUP_STATE: Final[Table] = c.private_table(
    _NAME,
    (
        _ID,
        c.column("triggers", "text"),
        c.column("watermark", "timestamptz"),
        c.column("settled_at", "timestamptz"),
        c.column("checkpoint_at", "timestamptz"),
        c.column("checkpoint_xact", "xid8"),
        c.column("refreshed_at", "timestamptz"),
    ),
    checks=(_ONLY,),
)
