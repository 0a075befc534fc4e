"""What a preview says beyond the engine's diff: hazards, locks and SQL for each object, and who may do what."""

from typing import Any, Final

from infra.cli import flow
from infra.cli.failures import tell
from infra.cli.options import open_runner
from infra.cli.output import Output
from infra.cli.preview_document import Looked, as_json, document, look
from infra.cli.preview_stack import Asked, read_asked
from infra.cli.report import Action, Message, Report
from infra.cli.runner import Runner
from infra.cli.stacks import EngineName, Stack, choose_engine, read_stack_file
from infra.database.target import Target
from infra.database.workspace import open_workspace
from infra.ddl.statement import Hazard
from infra.errors import RolloutError, RolloutErrors
from infra.preview.approvals import unapproved
from infra.preview.difference import Difference
from infra.preview.document import PlanDocument
from infra.preview.items import Item

#: With `--fail-on-unapproved`: what is planned has hazards that nobody has approved.
UNAPPROVED: Final = 6
_NAME: Final = "rollout preview"
#: How much of it a terminal shows: what widens comes first.
_SENTENCES: Final = 30
_NAMES: Final = 5


def preview_stack(
    name: str, engine: str, output: Output, *, expect_no_changes: bool, fail_on_unapproved: bool = False
) -> int:
    """Show what an `up` would do, and return the exit code; where it is refused at once there is a document too."""
    plan: dict[str, Any] = {}

    def more(report: Report) -> dict[str, Any]:
        plan.update(describe_plan(runner, stack, report, output))
        return plan

    try:
        stack, runner = open_runner(name, engine, output)
        code = flow.look(runner, Action.UP, output, expect_no_changes=expect_no_changes, more=more)
    except (RolloutError, RolloutErrors) as error:
        errors = error.errors if isinstance(error, RolloutErrors) else (error,)
        return tell(errors, as_json=output.as_json, more=_refused(name, engine, errors))
    return UNAPPROVED if fail_on_unapproved and plan and _lacks_approval(PlanDocument.from_json(plan)) else code


def _lacks_approval(plan: PlanDocument) -> bool:
    """Whether nothing but missing approvals keeps an `up` from going through; any other error is a failure."""
    lacking = unapproved(plan.hazards)
    return bool(lacking) and all(error.startswith("APP001 ") for error in plan.errors)


def _refused(name: str, engine: str, errors: tuple[RolloutError, ...]) -> dict[str, Any]:
    """Return what can be said of a stack whose file or database refuses a preview; nothing where there is no stack."""
    try:
        stack = read_stack_file(name)
        used = choose_engine(EngineName(engine), stack)
    except (RolloutError, ValueError):
        return {}
    messages = tuple(Message("error", str(error)) for error in errors)
    report = Report(Action.UP, name, used.value, preview=True, messages=messages, ok=False)
    return as_json(document(stack, read_asked(stack), report, Looked(), None))


def describe_plan(runner: Runner, stack: Stack, report: Report, output: Output) -> dict[str, Any]:
    """Show hazards and what changes of who may do what, and return the plan as data, that of a failed preview too."""
    if report.cancelled:
        return {}
    asked = read_asked(stack)
    target = _target(runner)
    looked = _look(runner, target, asked, report) if target else Looked()
    if report.ok:
        show(looked.found.items, looked.access, output)
    plan = document(stack, asked, report, looked, target)
    for note in unapproved(plan.hazards):
        output.line(f"! {note.object}: {note.code} needs approval: {note.summary}", "bold yellow")
    return as_json(plan)


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
    """Show who may do what from then on, and where each hazard is; nothing of it where all is made from nothing."""
    if _is_first(items):
        return
    for difference in differences[:_SENTENCES]:
        output.line(f"{'+' if difference.widens else '-'} {difference.sentence}", "yellow" if difference.widens else "")
    if left := differences[_SENTENCES:]:
        wider = sum(difference.widens for difference in left)
        output.line(f"  and {len(left)} more, {wider} of them wider: `--json` has them all", "yellow" if wider else "")
    for hazard in Hazard:
        if names := [item.name for item in items if hazard in item.hazards]:
            more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
            output.line(f"! {hazard.value}: {', '.join(names[:_NAMES])}{more} ({hazard.page})", "yellow")


def _is_first(items: tuple[Item, ...]) -> bool:
    """Whether everything is made: nobody had anything before, and nothing that is there is touched."""
    return all(item.before is None for item in items)
