"""The command that goes up a phase."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from typing import Annotated

import typer

from infra.cli.options import EngineOption, StackOption, YesOption, make_output
from infra.errors import RolloutError


def advance(
    *,
    to: Annotated[
        int | None, typer.Option("--to", metavar="N", min=1, max=5, help="The phase; the next one by default.")
    ] = None,
    no_backup: Annotated[bool, typer.Option("--no-backup", help="Without a backup; --why is then needed.")] = False,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why without a backup; it is recorded.")] = "",
    stack: StackOption = "dev",
    engine: EngineOption = "auto",
    yes: YesOption = False,
) -> int:
    """Go to the next phase: take and prove a backup, measure the gate, edit the stack file, preview, ask, apply.

    When the gate is not passed, or the answer is no, the stack file is as it was.
    """
    from infra.cli.advance_course import Advance, advance_stack

    if no_backup and not why.strip():
        problem = "going on without a backup is recorded: --why must be said"
        raise RolloutError("CLI001", "advance --no-backup", problem, fix="add why")
    wish = Advance(stack, engine, to, yes, not no_backup, why.strip())
    return advance_stack(wish, make_output(json=False))
