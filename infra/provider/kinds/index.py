"""The handler of indexes."""

from infra.database.builds import wait_for_build
from infra.database.catalog.indexes import read_index, read_index_row
from infra.database.conflicts import index_conflicts
from infra.database.workspace import Workspace
from infra.ddl.index import IndexState, plan_index, plan_index_drop
from infra.ddl.statement import Plan
from infra.errors import RolloutError
from infra.models.index import Index
from infra.models.spelling import Spelling
from infra.provider.handler import Call, Properties, Snapshot
from infra.provider.kinds.base import Kind, Seen


class IndexKind(Kind[Index]):
    """Indexes: built and dropped concurrently; what an interrupted build left is repaired."""

    model = Index
    replaces = frozenset({"schema", "name", "table", "absent"})

    def identity(self, wanted: Index) -> str:
        """Return ``schema.name``."""
        return wanted.identity

    def stub(self, identity: str) -> Index:
        """Return an index of this name."""
        schema, _, name = identity.rpartition(".")
        return Index.model_construct(schema_name=schema or "public", table="", name=name, columns=(), where=None)

    def look(self, workspace: Workspace, wanted: Index, spelling: Spelling) -> Seen[Index] | None:
        """Return the index as it stands. One that must be absent is always there, absent or not."""
        state = read_index(workspace.session, wanted, spelling)
        if wanted.absent:
            return Seen(wanted.model_copy(update={"absent": not state.twins}), state)
        if state.index is None:
            return Seen(wanted, state, present=False) if state.old_present else None
        row = read_index_row(workspace.session, wanted.schema_name, wanted.name)
        server = {"where": row["where"] if row else None}
        return Seen(state.index, state, server, present=state.valid)

    def plan(self, workspace: Workspace, seen: Seen[Index] | None, wanted: Index, former: Index | None) -> Plan:
        """Return the steps to the wanted index."""
        del workspace, former
        state: IndexState = seen.state if seen else IndexState()
        return plan_index(state, wanted)

    def plan_delete(self, seen: Seen[Index], wanted: Index) -> Plan:
        """Return the step that drops the index."""
        del seen
        return plan_index_drop(wanted)

    def whole(self, seen: Seen[Index]) -> Index:
        """Return the index with every column."""
        return seen.model

    def sources(self, wanted: Index) -> dict[str, str | None]:
        """Return the predicate."""
        return {"where": wanted.where}

    def conflicts(self, workspace: Workspace, seen: Seen[Index] | None, wanted: Index) -> list[RolloutError]:
        """Return the rows that would break a unique index."""
        return index_conflicts(workspace.session, seen.state if seen else IndexState(), wanted)

    def create(self, call: Call, inputs: Properties) -> Snapshot:
        """Create or adopt; a build that another session is still at is waited for first."""
        self._wait(call, inputs)
        return super().create(call, inputs)

    def _wait(self, call: Call, inputs: Properties) -> None:
        if call.preview:
            return
        workspace: Workspace = call.database()
        wanted = self._load(inputs)
        state = read_index(workspace.session, wanted, Spelling())
        if state.building_pid is not None:
            wait_for_build(workspace.session, wanted.identity, state.building_pid, lambda text: call.log("info", text))
