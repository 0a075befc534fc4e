"""The command that writes approvals down, for a person to review."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from typing import Annotated

import typer

from infra.cli.options import EngineOption, JsonOption, StackOption, make_output


def approve(  # noqa: PLR0913 - what the command line has
    *,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why these hazards may be carried out.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who says so.")],
    until: Annotated[str, typer.Option(metavar="DATE", help="Until when it holds: at most 90 days from now.")],
    hazard: Annotated[str, typer.Option(metavar="CODE", help="This hazard alone, such as ACCESS_WIDENED.")] = "",
    object_name: Annotated[
        str, typer.Option("--object", metavar="NAME", help="Of this object alone, as a preview names it.")
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="Every hazard of the plan that needs approval.")] = False,
    file: Annotated[
        str, typer.Option(metavar="FILE", help="Where to write it, below the project's folder.")
    ] = "approvals.yaml",
    stack: StackOption = "dev",
    engine: EngineOption = "auto",
    json: JsonOption = False,
) -> int:
    """Write into a file which hazards of the present plan are approved, one line for each object.

    Nothing of it counts before the file is in the project that `up` runs from: commit it with the change, so that
    whoever reviews the one reviews the other. A later date extends what has expired.
    """
    from infra.cli.approve_run import Said, write_approvals

    said = Said(why=why, by=by, until=until, hazard=hazard, object_name=object_name, every=every)
    return write_approvals(stack, engine, said, file, make_output(json=json))
