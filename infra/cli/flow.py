"""The course of a command that changes something: look, show, ask, act, show."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from infra.cli.asking import ask
from infra.cli.display import show_outcome, show_pairs
from infra.cli.drift_wording import show_told
from infra.cli.failures import INTERRUPTED
from infra.cli.output import Output
from infra.cli.report import Action, Report
from infra.cli.runner import Runner
from infra.cli.stacks import Stack
from infra.database.target import Target
from infra.errors import RolloutError, RolloutErrors

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
WOULD_CHANGE: Final = 3

_QUESTIONS: Final = {
    Action.UP: "Make these changes?",
    Action.DESTROY: "Take all of this away? Tables are parked with their rows.",
}


def look(
    runner: Runner,
    action: Action,
    output: Output,
    *,
    expect_no_changes: bool,
    more: Callable[[Report], dict[str, Any]] = lambda _: {},
) -> int:
    """Show what an action would do, and return the exit code. `more` shows more of it, and returns that as data."""
    plan = runner.plan(action)
    runner.show_plan(plan)
    output.document(plan.to_json() | more(plan))
    return code_of(plan, expect_no_changes=expect_no_changes)


def change(
    runner: Runner,
    action: Action,
    output: Output,
    *,
    stack: Stack,
    yes: bool,
    expect_no_changes: bool = False,
    before: Callable[[], None] | None = None,
) -> int:
    """Show the plan, ask, act and show what came of it; return the exit code.

    `before` is called once it is decided; the plan may not hold after it.
    """
    plan = runner.plan(action)
    runner.show_plan(plan)
    code = code_of(plan, expect_no_changes=expect_no_changes)
    if code:
        output.document(plan.to_json())
        return code
    if plan.changes and not yes and not ask(_QUESTIONS[action]):
        output.note("nothing was changed")
        return FAILED
    if before is not None:
        before()
        plan = replace(plan, settled=False)
    return finish(runner, runner.apply(action, plan), output, stack=stack)


def act(runner: Runner, action: Action, output: Output, *, stack: Stack, expect_no_changes: bool) -> int:
    """Do what needs no asking; with `expect_no_changes`, look first and leave all as it is if anything differs."""
    if expect_no_changes:
        plan = runner.plan(action)
        code = code_of(plan, expect_no_changes=True)
        if code:
            runner.show_plan(plan)
            output.document(plan.to_json())
            return code
    return finish(runner, runner.apply(action, None), output, stack=stack)


def finish(runner: Runner, report: Report, output: Output, *, stack: Stack) -> int:
    """Show what came of a run, and return the exit code."""
    show_outcome(report, output)
    show_told(report, output)
    target = known_target(runner)
    if report.ok and report.action is not Action.DESTROY:
        show_pairs(dict(sorted(report.outputs.items())), output)
        if target:
            show_database(target, output, stack)
    pooled = show_pooler(report, output, stack)
    dsns = {"dsn": public_dsn(target) if target else None, "pooledDsn": pooled}
    output.document(report.to_json() | dsns)
    return code_of(report, expect_no_changes=False)


def known_target(runner: Runner) -> Target | None:
    """Return the database, or None where it cannot be told: that is no reason to call what was done a failure."""
    try:
        return runner.target()
    except (RolloutError, RolloutErrors):
        return None


def show_database(target: Target, output: Output, stack: Stack) -> None:
    """Show where the database is: the password is never shown, but how to get at it is."""
    output.line()
    output.line(public_dsn(target), "bold")
    if stack.has_embedded_database:
        output.line("with its password: rollout db url; a session on it: rollout db psql", "dim")


def show_pooler(report: Report, output: Output, stack: Stack) -> str | None:
    """Bring up the pooler beside the embedded database after an `up`, and show and return the way through it."""
    if not (report.ok and report.action is Action.UP and stack.has_embedded_database):
        return None
    from infra.cli.pool_reading import bring_stack_pooler  # noqa: PLC0415 - for this one kind of stack

    pooler = bring_stack_pooler(stack, output)
    if pooler is None:
        return None
    dsn = public_dsn(pooler.application)
    output.line(dsn, "bold")
    output.line("through PgBouncer, as applications connect; with its password: rollout db url --pooled", "dim")
    return dsn


def public_dsn(target: Target) -> str:
    """Return the database's DSN without its password."""
    return target.model_copy(update={"password": None}).dsn()


def code_of(report: Report, *, expect_no_changes: bool) -> int:
    """Return the exit code for a plan, or for what was done."""
    if report.cancelled:
        return INTERRUPTED
    if not report.ok:
        return FAILED
    return WOULD_CHANGE if expect_no_changes and report.changes else OK
