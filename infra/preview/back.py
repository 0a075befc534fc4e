"""The way back of what is done to one object, by the rules that would bring it to what stands now."""

from dataclasses import replace
from typing import Any

from infra.database.workspace import Workspace
from infra.ddl.alteration import Counterpart
from infra.ddl.conversion import is_conversion
from infra.ddl.grant import plan_grant_drop
from infra.ddl.index import IndexState
from infra.ddl.setting import plan_setting, plan_setting_drop
from infra.ddl.statement import Plan
from infra.errors import RolloutError
from infra.models.base import Model
from infra.models.grant import Grant
from infra.models.index import Index
from infra.models.setting import Setting
from infra.models.table import Table
from infra.models.trigger import Trigger
from infra.provider.kinds.base import Kind, Seen


def plan_back(workspace: Workspace, handler: Kind[Any], seen: Seen[Any] | None, wanted: Model) -> Plan:
    """Return the steps from what is wanted to what stands; none where nothing of ours leads there."""
    standing = seen if seen is not None and seen.present else None
    if isinstance(wanted, Setting):
        return plan_setting_drop(wanted) if standing is None else plan_setting(wanted, standing.model)
    if isinstance(wanted, Grant) and not wanted.exclusive and standing is not None:
        ours = tuple(entry for entry in wanted.entries if entry not in standing.model.entries)
        return plan_grant_drop(wanted.model_copy(update={"entries": ours}))
    try:
        if standing is None:
            return handler.plan_delete(Seen(wanted, _state(None, wanted)), wanted)
        brought = replace(standing, model=wanted, state=_state(standing.state, wanted))
        return handler.plan(workspace, brought, standing.model, wanted)
    except RolloutError:
        return ()  # what stands is nothing that we would make


def _state(state: Any, wanted: Model) -> Any:
    """Return what a plan needs besides, as it is once the wanted object stands."""
    match wanted:
        case Index():
            return IndexState(index=wanted)
        case Trigger() if state is None:
            return ()  # no partitions
        case Table() if state is not None:
            # A table that was brought to another form is kept in the one that it has now.
            kept = Counterpart(state, begun=True, kept=True) if is_conversion(state, wanted) else state.counterpart
            whole = replace(state, unvalidated=frozenset(), unenforced=frozenset(), counterpart=kept)
            return replace(whole, table=wanted, present=wanted)
        case _:
            return state
