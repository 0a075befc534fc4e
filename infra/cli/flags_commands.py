"""The commands that show the flags and render them for others."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import JsonOption, StackOption, make_output
from infra.errors import RolloutError, RolloutErrors

if TYPE_CHECKING:
    from infra.cli.flags_standing import Facts, Line
    from infra.cli.flags_wanted import Wanted
    from infra.cli.output import Output

flags = typer.Typer(no_args_is_help=True, help="The flags: which are on, for whom, and why.")


@flags.command("list")
def flags_list(*, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Show each flag as it is in the stack's database now; with --json one object, flag to true or false.

    Where nothing is deployed, or the database cannot be reached, it is what the stack file asks for; stderr says so.
    """
    from infra.cli.flags_standing import lines_of

    output = make_output(json=json)
    facts, wanted = _facts(stack, output)
    lines = lines_of(facts, wanted)
    output.line(f"phase {facts.phase}")
    _show(lines, output)
    output.document({line.name.value: line.on for line in lines})
    return 0


@flags.command("render")
def flags_render(
    *,
    format_: Annotated[str, typer.Option("--format", "-f", metavar="env|flagd|appconfig|json", help="Who reads it.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="A file in place of stdout.")] = None,
    stack: StackOption = "dev",
) -> int:
    """Print the flags that the stack file asks for, as an env file, for flagd, for AppConfig, or as JSON."""
    from infra.cli.flags_rendering import hand_out, render_wanted
    from infra.cli.flags_wanted import read_wanted
    from infra.cli.stacks import find_stack

    hand_out(render_wanted(read_wanted(find_stack(stack)), format_), out, make_output(json=False))
    return 0


def _facts(name: str, output: "Output") -> "tuple[Facts, Wanted | None]":
    """Return what decides on the flags, from the database if it can be asked, and what the stack file wants."""
    from infra.cli.flags_standing import facts_of_state, facts_of_wanted
    from infra.cli.rollback_connection import find_place, find_target
    from infra.database.rollout import read_state
    from infra.database.session import open_session

    place = find_place(name)
    try:
        with open_session(find_target(place), application_name="rollout flags") as session:
            state = read_state(session)
        why = "nothing is deployed"
    except RolloutError as error:
        state, why = None, str(error)
    wanted = _wanted(name, output, required=state is None)
    if state is not None:
        return facts_of_state(state), wanted
    assert wanted
    output.note(f"this is what {wanted.file} asks for, not what is in the database: {why}")
    return facts_of_wanted(wanted), wanted


def _wanted(name: str, output: "Output", *, required: bool) -> "Wanted | None":
    """Return what the stack file asks for; faults in it are no reason not to show the database."""
    from infra.cli.flags_wanted import read_wanted
    from infra.cli.stacks import find_stack

    try:
        return read_wanted(find_stack(name))
    except (RolloutError, RolloutErrors) as error:
        if required:
            raise
        output.note(f"the stack file is left out of the reasons: {error}")
        return None


def _show(lines: "list[Line]", output: "Output") -> None:
    from infra.cli.output import align

    rows = [("flag", "is", "for", "requires", "why")]
    for line in lines:
        state = "on" if line.on else "off"
        rows.append((line.name.value, state, line.audience.value, line.requires or "", line.why))
    for text in align(rows):
        output.line(text)
