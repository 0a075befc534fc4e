"""The commands that show the rollout as a page."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.options import JsonOption, make_output

StacksOption = Annotated[
    list[str] | None,
    typer.Option("--stack", "-s", metavar="NAME", help="A stack to show; given again, one more. All by default."),
]


def report(
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where to write it; stdout by default.")
    ] = None,
    form: Annotated[
        str,
        typer.Option("--format", metavar="html|markdown|json", help="By the file's name where it is not said."),
    ] = "",
    stack: StacksOption = None,
    json: JsonOption = False,
) -> int:
    """Write the rollout as a page: one HTML file that asks the network for nothing, or Markdown, or JSON.

    Every environment with its verdict, phases, gate with sparklines, cohort, stages, alignment, flags, access, drift,
    rules, backups, alarms, ledger, and the commands that lead on and back. A database that cannot be reached is shown
    as such, with the reason. Nothing is changed.
    """
    from infra.cli.report_run import write_report

    return write_report(stack or [], out, "json" if json and not form else form, make_output(json=False))


def serve(
    *,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 8321,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Whoever can reach it can read the page.")
    ] = "127.0.0.1",
    every: Annotated[str, typer.Option("--every", metavar="SPAN", help="How often it looks anew.")] = "1m",
    stack: StacksOption = None,
) -> int:
    """Serve the page as it is now, for this machine alone unless told otherwise; it updates itself in the browser.

    `/` is the page, `/report.json` and `/report.md` are the same as data and as Markdown. While a database cannot be
    reached, its last figures stay, with their age and the reason. Ctrl-C or SIGTERM ends it.
    """
    from infra.cli.serve_run import serve_page

    return serve_page(stack or [], host, port, every, make_output(json=False))
