"""Looks for what was changed out of band: what the state says beside what stands. Nothing is written."""

from typing import Final

from infra.cli.drift_beside import look_beside
from infra.cli.drift_wording import Drift, conclusion, drift_of
from infra.cli.failures import INTERRUPTED
from infra.cli.flow import FAILED, OK, WOULD_CHANGE
from infra.cli.output import Output
from infra.cli.report import Action, Report
from infra.cli.runner import Runner
from infra.errors import RolloutError

#: The exit code of an incident: something that guards the data was weakened.
INCIDENT: Final = 5


def look_for_drift(runner: Runner, output: Output) -> int:
    """Say what was changed out of band, object by object, and return the exit code."""
    report = runner.plan(Action.REFRESH)
    if report.cancelled or not report.ok:
        return _failed(report, output)
    drift = drift_of(report, look_beside(runner))
    show_drift(drift, output)
    return exit_code(drift)


def exit_code(drift: Drift) -> int:
    """Return the exit code: an incident has one of its own; what is not ours is no drift."""
    if drift.incidents:
        return INCIDENT
    return WOULD_CHANGE if drift.findings else OK


def show_drift(drift: Drift, output: Output) -> None:
    """Show the incidents, then the changes, then what is left alone."""
    for finding in drift.incidents:
        output.line(f"! {finding.sentence}", "red")
        if finding.fix:
            output.line(f"    {finding.fix}")
    for finding in drift.changes:
        output.line(f"~ {finding.sentence}", "yellow")
    for sentence in drift.left_alone:
        output.line(f"  {sentence}", "dim")
    output.line(conclusion(drift))
    if drift.incidents:
        output.error(str(_incident(drift)))
    output.document(drift.to_json())


def _incident(drift: Drift) -> RolloutError:
    problem = f"{len(drift.incidents)} security objects were weakened out of band"
    if len(drift.incidents) == 1:
        problem = "a security object was weakened out of band"
    fix = "find out who did it, then run `rollout up`, which puts back all but what names a way of its own"
    return RolloutError("SEC030", f"stack {drift.stack}", problem, fix=fix)


def _failed(report: Report, output: Output) -> int:
    for text in report.told:
        output.error(text)
    output.document(report.to_json())
    return INTERRUPTED if report.cancelled else FAILED
