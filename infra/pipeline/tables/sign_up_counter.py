"""The one row that each beta creator's sign-up updates, so that two never take the last place together.

It stands apart from the state of the rollout: the kill switch must not wait for a sign-up that is under way.
"""

from typing import Final

from infra.models.table import Table
from infra.pipeline import columns as c

_NAME: Final = "sign_up_counter"
_ID, _ONLY = c.only_row(_NAME)

SIGN_UP_COUNTER: Final[Table] = c.private_table(
    _NAME, (_ID, c.column("sign_ups", "bigint", 0, required=True)), checks=(_ONLY,)
)
