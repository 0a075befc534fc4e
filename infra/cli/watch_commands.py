"""The command that watches the guide's triggers for an immediate rollback."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from typing import Annotated

import typer

from infra.cli.options import JsonOption, StackOption, make_output


def watch(
    *,
    act: Annotated[
        bool, typer.Option("--act", help="Set the kill switch itself, once, when a trigger is confirmed.")
    ] = False,
    every: Annotated[str, typer.Option("--every", metavar="TIME", help="Between two evaluations.")] = "30s",
    for_: Annotated[str, typer.Option("--for", metavar="TIME", help="How long to watch.")] = "1h",
    consecutive: Annotated[
        int,
        typer.Option(
            "--consecutive", metavar="N", min=2, help="Evaluations in a row that confirm a trigger: 2 or more."
        ),
    ] = 2,
    stack: StackOption = "dev",
    json: JsonOption = False,
) -> int:
    """Watch for what calls for an immediate rollback: errors, a degraded database, open access, corrupted data.

    Ends with 3 when a trigger is confirmed, which is when to run `rollout rollback --immediate`, and with 4 when --act
    has done that. No data is no trigger.
    """
    from infra.cli.rollback_connection import find_place
    from infra.cli.watch_clock import seconds_of
    from infra.cli.watch_course import Watch, run_watch

    plan = Watch(
        act=act, every=seconds_of("--every", every), seconds=seconds_of("--for", for_), consecutive=consecutive
    )
    return run_watch(find_place(stack), plan, make_output(json=json))
