"""The command that goes through the troubleshooting of a running pipeline."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from infra.cli.options import JsonOption, StackOption, make_output


def doctor(*, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Look for what slows the pipeline down, or keeps creators from completing it, each with what to do.

    The server: long statements, idle transactions, who waits for whom, connections, cache, sorts on disk, deadlocks.
    The tables: size, dead rows, bloat, statistics, indexes that nobody uses and scans that lack one. The slowest
    statements by pg_stat_statements, the plan of the overview, the time that the flags take, the pooler, and
    completion, errors and alignment of each stage against the guide's limits. Nothing is changed. Ends with 0, or
    with 3 when something has failed; warnings are shown.
    """
    from infra.cli.checks_wording import show_checks
    from infra.cli.doctor_run import run_doctor

    output = make_output(json=json)
    report = run_doctor(stack)
    show_checks(report, output)
    output.document(report.document())
    return 0 if report.is_ready else 3
