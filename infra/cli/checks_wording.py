"""A list of checks as a person reads it: by topic, and with what to do where something is not right."""

from typing import Final

from infra.cli.output import Output
from infra.preflight.report import Check, Outcome, Report

_STYLES: Final = {Outcome.PASSED: "green", Outcome.WARNED: "yellow", Outcome.FAILED: "red", Outcome.SKIPPED: "dim"}
_WIDTH: Final = max(map(len, Outcome))


def show_checks(report: Report, output: Output) -> None:
    """Show each check below its topic, and the list in a sentence."""
    for topic, checks in report.topics.items():
        output.line(topic, "bold")
        for check in checks:
            _show(check, output)
    output.line(report.verdict, "bold")


def _show(check: Check, output: Output) -> None:
    output.line(f"  {check.outcome:{_WIDTH}}  {check}", _STYLES[check.outcome])
    if check.fix:
        output.line(f"  {'':{_WIDTH}}  {check.fix}", "dim")
