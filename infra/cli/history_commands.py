"""The command that shows the ledger."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from typing import Annotated

import typer

from infra.cli.options import JsonOption, StackOption, make_output


def history(
    *,
    event: Annotated[str, typer.Option(metavar="EVENT", help="Of this kind alone, such as phase, gate or latch.")] = "",
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=1_000_000, help="The newest so many.")] = 100,
    details: Annotated[bool, typer.Option("--details", help="The evidence too.")] = False,
    stack: StackOption = "dev",
    json: JsonOption = False,
) -> int:
    """Show what happened to the rollout, the newest last: when (UTC), what, from what to what, who, commit, why."""
    from infra.cli.history_run import show_history

    return show_history(stack, event, limit, make_output(json=json), details=details)
