"""The handler of triggers."""

from collections.abc import Iterable

from infra.database.absences import trigger_absences
from infra.database.catalog.code import read_leaves, read_retired, read_trigger, respell_trigger
from infra.database.workspace import Workspace
from infra.ddl.statement import Plan
from infra.ddl.trigger import plan_trigger, plan_trigger_drop
from infra.errors import RolloutError
from infra.models.spelling import Spelling
from infra.models.trigger import Trigger
from infra.provider.kinds.base import Kind, Seen


class TriggerKind(Kind[Trigger]):
    """Triggers, which take the place of those that call a retired function."""

    model = Trigger
    replaces = frozenset({"schema", "table", "name"})
    bears_on_relation = True
    at_once = True

    def identity(self, wanted: Trigger) -> str:
        """Return ``schema.table.name``."""
        return wanted.identity

    def stub(self, identity: str) -> Trigger:
        """Return a trigger with the names of an id."""
        schema, table, name = identity.split(".", 2)
        return Trigger.model_construct(
            schema_name=schema, table=table, name=name, timing="after", events=(), function="", when=None, retires=()
        )

    def look(self, workspace: Workspace, wanted: Trigger, spelling: Spelling) -> Seen[Trigger] | None:
        """Return the trigger; `retires` lists those of the functions to retire that no trigger calls any more.

        One that is yet to take the place of others is seen as absent: what it does to them is shown as any change.
        """
        actual = read_trigger(workspace.session, wanted)
        retired = read_retired(workspace.session, wanted)
        leaves = read_leaves(workspace.session, wanted.schema_name, wanted.table)
        if actual is None:
            return Seen(wanted, leaves, present=False) if retired else None
        gone = tuple(function for function in wanted.retires if function not in retired.values())
        model = respell_trigger(actual, wanted, spelling).model_copy(update={"retires": gone})
        return Seen(model, leaves, server={"when": actual.when})

    def plan(self, workspace: Workspace, seen: Seen[Trigger] | None, wanted: Trigger, former: Trigger | None) -> Plan:
        """Return the step to the wanted trigger."""
        del former
        retired = tuple(read_retired(workspace.session, wanted))
        leaves = read_leaves(workspace.session, wanted.schema_name, wanted.table)
        return plan_trigger(seen.model if seen and seen.present else None, wanted, retired=retired, leaves=leaves)

    def plan_delete(self, seen: Seen[Trigger], wanted: Trigger) -> Plan:
        """Return the step that drops the trigger."""
        return plan_trigger_drop(wanted, leaves=seen.state)

    def sources(self, wanted: Trigger) -> dict[str, str | None]:
        """Return the condition."""
        return {"when": wanted.when}

    def absences(self, workspace: Workspace, seen: Seen[Trigger] | None, wanted: Trigger) -> Iterable[RolloutError]:
        """Return what is wrong now with the function that it calls."""
        del seen
        return trigger_absences(workspace.session, wanted)
