"""The handler of indexes."""

from collections.abc import Iterable
from typing import Any, Final

from infra.database.absences import index_absences
from infra.database.builds import wait_for_build
from infra.database.catalog.indexes import read_index
from infra.database.conflicts import arrived_duplicates, index_conflicts
from infra.database.failures import DuplicateKeys
from infra.database.workspace import Workspace
from infra.ddl.index import IndexState, old_name, plan_index, plan_index_drop
from infra.ddl.statement import Plan
from infra.errors import RolloutError
from infra.models.index import Index
from infra.models.spelling import Spelling
from infra.provider.handler import Call, ChangeKind, Properties, PropertyChange, Snapshot
from infra.provider.kinds.base import Kind, Seen
from infra.provider.kinds.differences import holds_unknown

UNUSABLE: Final = "unusable"
"""The property that an index has which stands there and serves nobody, with the reason."""


class IndexKind(Kind[Index]):
    """Indexes: built and dropped concurrently; what an interrupted build left is repaired."""

    model = Index
    replaces = frozenset({"schema", "name", "table", "absent"})
    at_once = True

    def identity(self, wanted: Index) -> str:
        """Return ``schema.name``."""
        return wanted.identity

    def identify(self, inputs: Properties) -> str | None:
        """Return the id; the name of an index that must be absent may be given to another one."""
        return None if inputs.get("absent") is True else super().identify(inputs)

    def stub(self, identity: str) -> Index:
        """Return an index of this name."""
        schema, _, name = identity.rpartition(".")
        return Index.model_construct(schema_name=schema or "public", table="", name=name, columns=(), where=None)

    def look(self, workspace: Workspace, wanted: Index, spelling: Spelling) -> Seen[Index] | None:
        """Return the index as it stands. One that must be absent is always there, absent or not."""
        state, where = read_index(workspace.session, wanted, spelling)
        if wanted.absent:
            return Seen(wanted.model_copy(update={"absent": not state.twins}), state)
        if state.index is None:
            left = state.old_present or state.leaves is not None or state.twins
            return Seen(wanted, state, present=False) if left else None
        # What an interrupted replacement left counts as not there either, so that the next deploy clears it away.
        return Seen(state.index, state, {"where": where}, present=state.valid and not state.old_present)

    def plan(self, workspace: Workspace, seen: Seen[Index] | None, wanted: Index, former: Index | None) -> Plan:
        """Return the steps to the wanted index."""
        del workspace, former
        state: IndexState = seen.state if seen else IndexState()
        return plan_index(state, wanted)

    def plan_delete(self, seen: Seen[Index], wanted: Index) -> Plan:
        """Return the steps that drop the index."""
        return plan_index_drop(wanted, seen.state)

    def is_adoption(self, seen: Seen[Index]) -> bool:
        """Whether an index stands there; one that must be absent and is has nothing to be taken over."""
        state: IndexState = seen.state
        return state.index is not None or bool(state.twins)

    def sources(self, wanted: Index) -> dict[str, str | None]:
        """Return the predicate."""
        return {"where": wanted.where}

    def conflicts(self, workspace: Workspace, seen: Seen[Index] | None, wanted: Index) -> list[RolloutError]:
        """Return the rows that would break a unique index."""
        return index_conflicts(workspace.session, seen.state if seen else IndexState(), wanted)

    def absences(self, workspace: Workspace, seen: Seen[Index] | None, wanted: Index) -> Iterable[RolloutError]:
        """Return the columns, and what the predicate names, that are not there now."""
        del seen
        return index_absences(workspace.session, wanted)

    def bring(self, call: Call, inputs: Properties, old: Properties | None) -> Snapshot:
        """Build, adopt or replace; a build that another session is still at is waited for first."""
        if not call.preview and not holds_unknown(inputs):
            self._wait(call, self._load(inputs))
        try:
            return super().bring(call, inputs, old)
        except DuplicateKeys:
            workspace: Workspace = call.database()
            raise arrived_duplicates(workspace.session, self._load(inputs)) from None

    def _read(self, call: Call, identity: str, inputs: Properties | None) -> Snapshot | None:
        """Return the index; one that is there and serves nobody is marked, so that it is finished or dropped."""
        plain = None if inputs is None else _plain(inputs)
        found = super()._read(call, identity, plain)
        known = self._former(plain)
        if found is not None or plain is None or known is None:
            return found
        workspace: Workspace = call.database()
        state, _ = read_index(workspace.session, known, Spelling())
        if not (why := _unusable(state, known)):
            return None
        call.log("warning", f"index {identity} is {why}")
        marked = plain | {UNUSABLE: why}
        return Snapshot(identity, marked, marked | self._outputs(workspace, known))

    def diff(self, old: Properties, new: Properties) -> list[PropertyChange]:
        """Return what changes; that an index is unusable is a change in place."""
        mark = [PropertyChange(UNUSABLE, ChangeKind.DELETE)] if UNUSABLE in old else []
        return [*super().diff(_plain(old), new), *mark]

    def _load(self, inputs: Properties) -> Index:
        return super()._load(_plain(inputs))

    def schema(self) -> dict[str, Any]:
        """Return the schema with the output that is no input."""
        why = {
            "type": "string",
            "description": "Why the index cannot be used, until `up` or `destroy` has finished it.",
        }
        schema = super().schema()
        schema["properties"][UNUSABLE] = why
        return schema

    def _wait(self, call: Call, wanted: Index) -> None:
        """Wait for a build under way: for the deploy that is at it if there is one, else for what it left behind."""
        workspace: Workspace = call.database()

        def tell(text: str) -> None:
            call.log("info", text)

        if read_index(workspace.session, wanted, Spelling())[0].building_pid is None:
            return
        workspace.lock(tell)
        state, _ = read_index(workspace.session, wanted, Spelling())
        if state.building_pid is not None:
            wait_for_build(workspace.session, wanted.identity, state.building_pid, tell)


def _plain(inputs: Properties) -> Properties:
    return {name: value for name, value in inputs.items() if name != UNUSABLE}


def _unusable(state: IndexState, wanted: Index) -> str:
    """Return why an index that is there serves nobody yet; nothing for one that is not there at all."""
    if state.index is not None and not state.valid:
        by = f" (pid {state.building_pid} is at it)" if state.building_pid is not None else ""
        return f"unusable until finished: a build or a drop of it was interrupted, and left it invalid{by}"
    return f"unfinished: its replacement was interrupted, and left {old_name(wanted)}" if state.old_present else ""
