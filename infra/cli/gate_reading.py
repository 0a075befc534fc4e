"""Measuring a stack's gate from the command line, and its table."""

import json
from typing import Any, Final

from pydantic import ValidationError

from infra.cli.output import Output, align
from infra.config.editing import StackFile
from infra.config.faults import faults_of
from infra.config.settings import LOWEST_PHASE, StackSettings
from infra.errors import RolloutErrors
from infra.gates.report import GateReport, Outcome, Row
from infra.gates.settings import settings_faults
from infra.models.gate import GateSettings

_KEYS: Final = ("gates", "attestations", "overrides", "aws", "access")
_COLUMNS: Final = ("outcome", "criterion", "measured", "target", "samples", "why")
_STYLES: Final = {Outcome.FAILED: "red", Outcome.INCONCLUSIVE: "yellow", Outcome.PASSED: "green"}


def gate_settings(file: StackFile, stack: str) -> GateSettings:
    """Return what a stack file says of the gates.

    Raises:
        RolloutErrors: with every fault of these keys.
    """
    # As Pulumi passes them on: YAML alone knows dates.
    given = {key: json.loads(json.dumps(file.get(key), default=str)) for key in _KEYS if file.get(key) is not None}
    try:
        settings = StackSettings.model_validate({"phase": LOWEST_PHASE, "database": {}} | given)
    except ValidationError as error:
        raise RolloutErrors(faults_of(error, stack)) from None
    gates = settings.gate_settings
    if faults := settings_faults(gates):
        raise RolloutErrors(faults)
    return gates


def show_report(report: GateReport, output: Output) -> None:
    """Show the gate's table: its verdict, a line for each criterion, and what does not hold."""
    by = (
        f", overridden by {report.overridden_by}"
        if report.verdict is Outcome.OVERRIDDEN and report.overridden_by
        else ""
    )
    output.line(f"gate {report.gate}: {report.measured_verdict}{by}", "bold")
    head, *lines = align([_COLUMNS, *map(_cells, report.rows)])
    output.line(head, "dim")
    for row, text in zip(report.rows, lines, strict=True):
        output.line(text, _STYLES.get(row.outcome, ""))
    for note in report.notes:
        output.line(note, "yellow")


def report_document(report: GateReport) -> dict[str, Any]:
    """Return the gate as `--json` shows it."""
    titles = {row.criterion: row.title for row in report.rows}
    document = report.evidence()
    criteria = [entry | {"title": titles[entry["criterion"]]} for entry in document["criteria"]]
    return document | {"criteria": criteria, "ok": report.verdict.opens}


def _cells(row: Row) -> tuple[str, ...]:
    return (row.outcome.value, row.criterion, row.measured, row.target, str(row.samples), row.why)
