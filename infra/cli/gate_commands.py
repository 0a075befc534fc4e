"""The command that measures a gate."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from typing import Annotated

import typer

from infra.cli.options import JsonOption, StackOption, make_output


def gate(
    *,
    number: Annotated[
        int | None,
        typer.Option(
            "--gate", metavar="N", min=1, max=5, help="The phase that it lets one leave; the current one by default."
        ),
    ] = None,
    stack: StackOption = "dev",
    json: JsonOption = False,
) -> int:
    """Measure the gate of the current phase on the live data and show its table. Nothing is recorded.

    Ends with 0 when it is passed or overridden, with 3 when it is not. Gate 5 shows how the success criteria stand.
    """
    from datetime import UTC, datetime

    from infra.cli.gate_reading import gate_settings, report_document, show_report
    from infra.cli.rollback_connection import find_place, find_target
    from infra.cli.rollback_immediate import require_state
    from infra.config.editing import StackFile
    from infra.database.session import open_session
    from infra.gates.evaluation import evaluate

    output, place = make_output(json=json), find_place(stack)
    settings = gate_settings(StackFile(place.file), stack)
    with open_session(find_target(place), application_name="rollout gate") as session:
        state = require_state(session, "gate")
        report = evaluate(session, number or state.phase, settings, datetime.now(UTC))
    show_report(report, output)
    output.document(report_document(report))
    return 0 if report.verdict.opens else 3
