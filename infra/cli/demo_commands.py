"""The command that simulates a population."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from typing import Annotated

import typer

from infra.cli.options import JsonOption, StackOption, YesOption, make_output


def demo(
    *,
    creators: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, max=5000, help="Beta creators; by default what the next gate asks for."),
    ] = None,
    phase_ready: Annotated[
        int | None,
        typer.Option(metavar="PHASE", min=1, max=5, help="Enough for the gate of this phase; by default the current."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Another one gives other figures, for the same people.")] = 1,
    remove: Annotated[bool, typer.Option("--remove", help="Delete the simulated, with everything of theirs.")] = False,
    yes: YesOption = False,
    stack: StackOption = "dev",
    json: JsonOption = False,
) -> int:
    """Fill the embedded database with simulated creators, so that a first advance can be tried. No other database.

    They are let in and sign up as everybody does: as far as phase and cap allow. Running it again adds only who is
    missing; their e-mails end in @demo.invalid.
    """
    from infra.cli.demo_run import Asked, run_demo

    return run_demo(Asked(creators, phase_ready, seed, remove, yes), stack, make_output(json=json))
