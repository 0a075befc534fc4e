"""The command that goes back: at once, step by step, or to an earlier phase."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import EngineOption, StackOption, YesOption, make_output
from infra.errors import RolloutError

if TYPE_CHECKING:
    from infra.cli.output import Output

_MODES = "--immediate, --gradual, --to N, --clear"


def rollback(  # noqa: PLR0913 - what the command line has
    *,
    immediate: Annotated[
        bool, typer.Option("--immediate", help="The kill switch: everything off at once, and it stays so.")
    ] = False,
    gradual: Annotated[
        bool, typer.Option("--gradual", help="Newest flags first, until the numbers have recovered.")
    ] = False,
    to: Annotated[int | None, typer.Option("--to", metavar="N", help="Back to an earlier phase.")] = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="Lift the kill switch; the flags come back with the next `up`.")
    ] = False,
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who does it; --clear wants it said.")] = "",
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; --clear wants it said.")] = "",
    soak: Annotated[
        str, typer.Option("--soak", metavar="TIME", help="How long --gradual watches after each step.")
    ] = "30m",
    stack: StackOption = "dev",
    engine: EngineOption = "auto",
    yes: YesOption = False,
) -> int:
    """Go back; no object is dropped and no row is lost.

    --immediate connects to the database directly, by one statement, whatever else is under way or wrong in the stack
    file; the file and the places that are told the flags follow. --gradual can be interrupted and run again.
    """
    chosen = [immediate, gradual, to is not None, clear]
    if sum(chosen) != 1:
        raise RolloutError("CLI001", "rollback", "one way to go back is needed", allowed=_MODES, fix="name one")
    if immediate:
        return _immediate(stack, by=by, why=why, yes=yes)
    if clear:
        return _clear(stack, by=by, why=why)
    from infra.cli.rollback_connection import find_place
    from infra.cli.rollback_lowering import lower_gradually, lower_to
    from infra.cli.watch_clock import seconds_of

    output, place = make_output(json=False), find_place(stack)
    if to is not None:
        return lower_to(place, engine, output, phase=to, yes=yes, why=why)
    return lower_gradually(place, engine, output, soak=seconds_of("--soak", soak), yes=yes)


def _immediate(stack: str, *, by: str, why: str, yes: bool) -> int:
    """Go by the shortest way: what is imported here is waited for."""
    from infra.cli.rollback_connection import find_place, find_target
    from infra.cli.rollback_immediate import DEFAULT_REASON, Actor, follow_up, show_switched, turn_off

    output = make_output(json=False)
    if not yes and not _agreed(stack, output):
        return 1
    actor = Actor(by)
    place = find_place(stack)
    switched = turn_off(find_target(place), actor, why.strip() or DEFAULT_REASON)
    show_switched(switched, output)
    return follow_up(place, switched, output)


def _clear(stack: str, *, by: str, why: str) -> int:
    from infra.cli.rollback_connection import find_place, find_target
    from infra.cli.rollback_immediate import turn_on_again

    missing = [option for option, said in (("--by", by), ("--why", why)) if not said.strip()]
    if missing:
        problem = f"lifting the kill switch is recorded: {' and '.join(missing)} must be said"
        raise RolloutError("CLI001", "rollback --clear", problem, fix="add who does it and why")
    output = make_output(json=False)
    if turn_on_again(find_target(find_place(stack)), by.strip(), why.strip()):
        output.line("the kill switch is lifted; the flags stay off until the next `rollout up`", "bold")
    else:
        output.line("the kill switch was not set")
    return 0


def _agreed(stack: str, output: "Output") -> bool:
    """Ask before everything is turned off.

    Raises:
        RolloutError: CLI004 when nobody is there to answer.
    """
    from infra.cli.asking import ask, require_answer

    require_answer("rollback --immediate", output, yes=False)
    agreed = ask(f"Turn the pipeline of stack {stack} off for everybody, now?")
    if not agreed:
        output.note("nothing was changed")
    return agreed
