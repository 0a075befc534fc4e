"""The command that goes through the list before a deployment."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from typing import Annotated

import typer

from infra.cli.options import JsonOption, StackOption, make_output

UrlOption = Annotated[
    str,
    typer.Option("--url", metavar="URL", help="Measure the API's p95 there, in place of what the stack file names."),
]


def preflight(*, stack: StackOption = "dev", url: UrlOption = "", json: JsonOption = False) -> int:
    """Go through the list before a deployment, with a result for each line and what to do. Nothing is changed.

    The server: version, plan, connections, extensions, roles, clock, locale, replication, long transactions. The
    pooler. What is deployed, its flags, the proof of row security (as `verify`), the age of the last backup that was
    restored, and the benchmarks: the API's p95, the database's by a probe and by pg_stat_statements, completion and
    errors. Ends with 0 when nothing has failed, with 3 when something has; warnings and what could not be looked at
    are shown.
    """
    from infra.cli.checks_wording import show_checks
    from infra.cli.preflight_run import run_preflight

    output = make_output(json=json)
    report = run_preflight(stack, url=url)
    show_checks(report, output)
    output.document(report.document())
    return 0 if report.is_ready else 3
