"""The commands for the cohort: who may enter before everybody may."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from typing import Annotated

import typer

from infra.cli.options import JsonOption, StackOption, make_output

cohort = typer.Typer(no_args_is_help=True, help="The cohort: who may enter before everybody may.")

UsersArgument = Annotated[list[str], typer.Argument(metavar="USER...", help="Ids of users, or their e-mails.")]
ByOption = Annotated[
    str, typer.Option(metavar="WHO", help="Who decides it; by default whoever runs this, as git or the CI knows them.")
]


@cohort.command("add")
def cohort_add(
    users: UsersArgument,
    *,
    kind: Annotated[str, typer.Option(metavar="team|beta", help="The team is not counted; beta creators are.")],
    by: ByOption = "",
    stack: StackOption = "dev",
    json: JsonOption = False,
) -> int:
    """Let users in. Beta creators take one of the phase's places when they sign up, first come, first served."""
    from infra.cli.cohort_run import add

    return add(users, kind, by, stack, make_output(json=json))


@cohort.command("remove")
def cohort_remove(
    users: UsersArgument, *, by: ByOption = "", stack: StackOption = "dev", json: JsonOption = False
) -> int:
    """Take users out who were added by command. Who has a profile keeps it, and every row, and may read them."""
    from infra.cli.cohort_run import remove

    return remove(users, by, stack, make_output(json=json))


@cohort.command("list")
def cohort_list(*, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Show the members, who let them in, who has signed up, and how many places are taken."""
    from infra.cli.cohort_run import show

    return show(stack, make_output(json=json))
