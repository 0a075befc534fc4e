"""How a handler comes by its database, and what it says of a plan."""

from infra.database.preflight import require_cluster
from infra.database.workspace import Workspace
from infra.ddl.statement import Plan
from infra.provider.handler import Call


def workspace_of(call: Call) -> Workspace:
    """Return the database, if it is the one that the state speaks of."""
    workspace: Workspace = call.database()
    require_cluster(workspace.cluster, call.cluster)
    if call.stack:
        workspace.require_stack(call.stack)
    while workspace.warnings:
        call.log("warning", workspace.warnings.pop(0))
    return workspace


def announce(call: Call, plan: Plan, *, adopting: bool) -> None:
    """Say in a preview what would be done: what is made or changed in detail only, what is taken over plainly."""
    if adopting and not plan:
        call.log("info", "adopts what is there: nothing to change")
    for step in plan:
        hazards = f" [{', '.join(step.hazards)}]" if step.hazards else ""
        keeps = f" (keeps {step.keeps})" if step.keeps else ""
        call.log("info" if adopting else "debug", f"{step.subject}: {step.summary}{hazards}{keeps}")
