"""The handler of a divided table's months."""

from infra.database.catalog.partitions import read_months
from infra.database.workspace import Workspace
from infra.ddl.partitions import MonthsState, plan_partitions, plan_partitions_drop, standing_months
from infra.ddl.statement import Plan
from infra.models.partitions import Partitions
from infra.models.spelling import Spelling
from infra.provider.kinds.base import Kind, Seen


class PartitionsKind(Kind[Partitions]):
    """Months made ahead and taken away when they expire. Deleting them leaves every month with its table."""

    model = Partitions
    remembers = False
    replaces = frozenset({"schema", "table"})

    def identity(self, wanted: Partitions) -> str:
        """Return the table's id."""
        return wanted.identity

    def stub(self, identity: str) -> Partitions:
        """Return the months of this table."""
        schema, _, table = identity.rpartition(".")
        return Partitions(schema_name=schema or "public", table=table, ahead=0)

    def look(self, workspace: Workspace, wanted: Partitions, spelling: Spelling) -> Seen[Partitions] | None:
        """Return how far ahead the months stand, and how old the oldest is that may go."""
        del spelling
        state = read_months(workspace.session, wanted)
        return None if state is None else Seen(standing_months(state, wanted), state)

    def is_adoption(self, seen: Seen[Partitions]) -> bool:
        """Nothing is taken over: months that stand stay."""
        del seen
        return False

    def plan(
        self, workspace: Workspace, seen: Seen[Partitions] | None, wanted: Partitions, former: Partitions | None
    ) -> Plan:
        """Return the steps that make and retire months, and set the timer."""
        del workspace
        state: MonthsState | None = seen.state if seen else None
        return plan_partitions(state, wanted, former)

    def plan_delete(self, seen: Seen[Partitions], wanted: Partitions) -> Plan:
        """Return the step that stops the timer."""
        state: MonthsState | None = seen.state
        return plan_partitions_drop(state, wanted)
