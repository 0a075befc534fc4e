"""The command that says whose database this is from now on."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from typing import Annotated

import typer

from infra.cli.options import JsonOption, StackOption, make_output


def claim(
    *,
    why: Annotated[
        str, typer.Option(metavar="TEXT", help="For the ledger, such as: restored from last night's backup.")
    ],
    stack: StackOption = "dev",
    json: JsonOption = False,
) -> int:
    """Say that the stack's database is this stack's from now on: a restored backup, or one that another stack had.

    The ledger remembers which stack deployed to a database and in which cluster it was; `up` refuses any other.
    """
    from infra.cli.claiming import claim_database

    return claim_database(stack, why, make_output(json=json))
