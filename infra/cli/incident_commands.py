"""The command that gathers what there is to know of a rollback."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.options import EngineOption, JsonOption, StackOption, make_output
from infra.cli.review_commands import SinceOption, UntilOption


def incident(  # noqa: PLR0913 - what the command line has
    *,
    around: Annotated[
        str,
        typer.Option(
            "--around",
            metavar="ENTRY",
            help="The rollback: the time of a ledger's entry as `history` shows it, or an event such as latch, whose"
            " newest entry it is. By default the newest rollback of any kind.",
        ),
    ] = "",
    margin: Annotated[
        str, typer.Option("--margin", metavar="TIME", help="How long before and after it is looked at.")
    ] = "1h",
    since: SinceOption = "",
    until: UntilOption = "",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FOLDER", help="A folder that is not there; below .rollout/incidents by default."
        ),
    ] = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="What `preview --json` printed before the deploy.")
    ] = None,
    log: Annotated[
        list[Path] | None,
        typer.Option("--log", metavar="FILE", help="A further log, once for each; its lines in that time."),
    ] = None,
    no_preview: Annotated[
        bool,
        typer.Option("--no-preview", help="Without asking what an `up` would do now, and what was changed by hand."),
    ] = False,
    stack: StackOption = "dev",
    engine: EngineOption = "auto",
    json: JsonOption = False,
) -> int:
    """Gather what there is to know of a rollback in one folder, with a report filled in. Nothing is changed.

    incident.md has the summary, the timeline, who acted, the impact, the figures before and after, what was done,
    the rows that are kept, and what stands open. Beside it: the ledger, the figures, the plan and the drift as JSON,
    and the lines of the embedded server's and PgBouncer's logs in that time. Passwords, e-mails and clients' addresses
    are left out; the folder is for its owner alone. Where the database does not answer, give --since: the rest comes.
    """
    from infra.cli.incident_run import Wish, gather_incident

    wish = Wish(around, margin, since, until, plan, tuple(log or ()), engine, preview=not no_preview)
    return gather_incident(stack, wish, out, make_output(json=json))
