"""What a preview says beyond the engine's diff: hazards, locks and SQL for each object, and who may do what."""

from typing import Any

from infra.cli.output import Output
from infra.cli.report import Report
from infra.cli.runner import Runner
from infra.cli.sql_texts import stack_definition
from infra.cli.stacks import Stack
from infra.database.workspace import open_workspace
from infra.preview.access import Difference, access_differences
from infra.preview.document import plan_document, read_sizes
from infra.preview.items import Item
from infra.preview.planning import plan_items

_NAME = "rollout preview"


def describe_plan(runner: Runner, stack: Stack, report: Report, output: Output) -> dict[str, Any]:
    """Show hazards and what changes of who may do what, and return the plan as data; nothing of a failed preview."""
    if not report.ok or report.cancelled:
        return {}
    if not report.changes:
        return {"plan": plan_document((), (), {})}
    workspace = open_workspace(runner.target(), application_name=_NAME)
    try:
        items = plan_items(workspace, stack_definition(stack), runner.resources())
        sizes = read_sizes(workspace.session, items)
    finally:
        workspace.close()
    differences = access_differences(items)
    show(items, differences, output)
    return {"plan": plan_document(items, differences, sizes)}


def show(items: tuple[Item, ...], differences: tuple[Difference, ...], output: Output) -> None:
    """Show what changes of who may do what, and each object's hazards; nothing of it where all is made from nothing."""
    for difference in differences if not _is_first(items) else ():
        output.line(f"{'+' if difference.widens else '-'} {difference.sentence}", "yellow" if difference.widens else "")
    for item in items:
        if item.hazards and not _is_first(items):
            output.line(f"! {item.name}: {', '.join(hazard.value for hazard in item.hazards)}", "yellow")


def _is_first(items: tuple[Item, ...]) -> bool:
    """Whether everything is made: nobody had anything before, and nothing that is there is touched."""
    return all(item.before is None for item in items)
