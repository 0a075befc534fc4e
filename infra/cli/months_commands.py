"""The commands for the months of `pipeline_metrics`, where it stands by month."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from typing import Annotated

import typer

from infra.cli.options import JsonOption, StackOption, make_output

months = typer.Typer(no_args_is_help=True, help="The months of the metrics, where they stand by month.")


@months.command("status")
def months_status(*, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Show which months stand, how far ahead, what waits in the default leaf, and what is in the archive."""
    from infra.cli.months_run import show_months

    return show_months(stack, make_output(json=json))


@months.command("keep")
def months_keep(*, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Make the months that are missing and take away those that have expired, as the database was told by `up`.

    `up` does it, and pg_cron every night where the platform has it; elsewhere a timer runs this once a day. Run twice,
    or beside itself, it does nothing more.
    """
    from infra.cli.months_run import keep_months

    return keep_months(stack, make_output(json=json))


@months.command("return")
def months_return(
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month, such as 2026-01.")],
    *,
    stack: StackOption = "dev",
    json: JsonOption = False,
) -> int:
    """Bring a month back from the archive. Raise `keepMonths` first, or the next run takes it away again."""
    from infra.cli.months_run import return_month

    return return_month(stack, month, make_output(json=json))


@months.command("finish")
def months_finish(*, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Drop the form that the metrics stood in before a conversion: it is kept up to date until somebody says this.

    Both forms are compared before, row by row. Afterwards going back copies every row again.
    """
    from infra.cli.months_finish import finish_months

    return finish_months(stack, make_output(json=json))
