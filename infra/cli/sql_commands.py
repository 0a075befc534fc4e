"""The commands that print SQL."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

import sys
from typing import Annotated

import typer

from infra.cli.options import EngineOption, JsonOption, StackOption, make_output

sql = typer.Typer(no_args_is_help=True, help="Print the SQL that stands for the definition.")


@sql.command("deploy")
def sql_deploy(*, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Print the SQL that makes the whole definition in a database that has none of it."""
    return print_script("deploy", stack, json=json)


@sql.command("change")
def sql_change(
    *,
    back: Annotated[bool, typer.Option("--back", help="The way back instead, as far as there is one.")] = False,
    stack: StackOption = "dev",
    engine: EngineOption = "auto",
    json: JsonOption = False,
) -> int:
    """Print the SQL of what `up` would change in the stack's database as it stands now, or of the way back.

    For a person with psql who carries one reviewed change out by hand. The phase is no part of it: sql/deploy and
    sql/rollback have a script for each step up and down. Write both before either is run.
    """
    from infra.cli.sql_change import print_change

    return print_change(stack, engine, make_output(json=json), back=back)


@sql.command("remove")
def sql_remove(*, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Print the SQL that parks the tables with every row and takes the rest away."""
    return print_script("remove", stack, json=json)


@sql.command("restore")
def sql_restore(*, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Print the SQL that puts back what was parked."""
    return print_script("restore", stack, json=json)


@sql.command("destroy-data")
def sql_destroy_data(*, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Print the SQL that drops the tables with their rows. It refuses unless it is run with its confirmation."""
    return print_script("destroy-data", stack, json=json)


def print_script(name: str, stack: str, *, json: bool) -> int:
    """Print a script of the stack's definition."""
    from infra.cli.output import print_document
    from infra.cli.sql_texts import Script, script_text
    from infra.cli.stacks import find_stack

    text = script_text(find_stack(stack), Script(name))
    if json:
        print_document({"ok": True, "script": name, "sql": text})
    else:
        sys.stdout.write(text)
    return 0
