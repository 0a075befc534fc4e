"""One row a thing that happened to the rollout: who did it, when, from what to what, and on what evidence.

It is only ever added to, and it outlives everything else: no deletion of the deployment takes it along.
"""

from typing import Final

from infra.models.table import Check, Column, Default, Table
from infra.pipeline import columns as c
from infra.pipeline.names import LEDGER_EVENTS

_NAME: Final = "rollout_ledger"

ROLLOUT_LEDGER: Final[Table] = c.private_table(
    _NAME,
    (
        c.identity(),
        # The time of the row and not of its transaction: what happens in one transaction keeps its order.
        Column(name="recorded_at", type="timestamptz", nullable=False, default=Default(unsafe_sql="clock_timestamp()")),
        c.column("event", "text", required=True),
        c.column("subject", "text", "", required=True),
        c.column("actor", "text", required=True),
        Column(name="login", type="text", nullable=False, default=Default(unsafe_sql="SESSION_USER")),
        c.column("commit_id", "text", "", required=True),
        c.column("from_value", "text", "", required=True),
        c.column("to_value", "text", "", required=True),
        c.column("reason", "text", "", required=True),
        c.column("details", "jsonb", "{}", required=True),
    ),
    checks=(
        c.one_of(_NAME, "event", LEDGER_EVENTS),
        Check(name=f"{_NAME}_actor_check", expression="actor <> ''"),
    ),
)
