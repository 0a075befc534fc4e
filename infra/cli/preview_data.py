"""What a preview says beyond the engine's diff: hazards, locks and SQL for each object, and who may do what."""

from typing import Any

from infra.cli.output import Output
from infra.cli.preview_document import Looked, as_json, document, look
from infra.cli.preview_stack import Asked, read_asked
from infra.cli.report import Report
from infra.cli.runner import Runner
from infra.cli.stacks import Stack
from infra.database.target import Target
from infra.database.workspace import open_workspace
from infra.errors import RolloutError, RolloutErrors
from infra.preview.access import Difference, access_differences
from infra.preview.items import Item

_NAME = "rollout preview"


def describe_plan(runner: Runner, stack: Stack, report: Report, output: Output) -> dict[str, Any]:
    """Show hazards and what changes of who may do what, and return the plan as data, that of a failed preview too."""
    if report.cancelled:
        return {}
    asked = read_asked(stack)
    target = _target(runner)
    looked = _look(runner, target, asked, report) if target else Looked()
    if report.ok:
        show(looked.found.items, access_differences(looked.found.items), output)
    return as_json(document(stack, asked, report, looked, target))


def _target(runner: Runner) -> Target | None:
    try:
        return runner.target()
    except (RolloutError, RolloutErrors):
        return None  # the report tells of it


def _look(runner: Runner, target: Target, asked: Asked, report: Report) -> Looked:
    try:
        workspace = open_workspace(target, application_name=_NAME)
    except (RolloutError, RolloutErrors) as error:
        return Looked(problem=str(error))
    try:
        return look(workspace, asked, runner.resources(), changes=report.changes or not report.ok)
    except (RolloutError, RolloutErrors) as error:
        return Looked(problem=str(error))
    finally:
        workspace.close()


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
