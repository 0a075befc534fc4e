"""What a report tells of changes out of band, and how that reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from infra.cli.output import Output
from infra.cli.report import Action, Report, Step
from infra.cli.wording import change_line
from infra.drift.beside import Beside
from infra.drift.finding import Finding
from infra.embedded.engine.events import Op


@dataclass(frozen=True)
class Drift:
    """What was changed out of band on one stack, and what is not ours."""

    stack: str
    engine: str
    findings: tuple[Finding, ...] = ()
    left_alone: tuple[str, ...] = ()

    @property
    def incidents(self) -> tuple[Finding, ...]:
        """What weakens a guard."""
        return tuple(finding for finding in self.findings if finding.weakened)

    @property
    def changes(self) -> tuple[Finding, ...]:
        """Everything else."""
        return tuple(finding for finding in self.findings if not finding.weakened)

    def to_json(self) -> dict[str, Any]:
        """Return the document of `--json`."""
        return {
            "operation": "drift",
            "stack": self.stack,
            "engine": self.engine,
            "ok": True,
            "summary": {
                "incidents": len(self.incidents),
                "changes": len(self.changes),
                "notOurs": len(self.left_alone),
            },
            "drift": [finding_json(finding) for finding in (*self.incidents, *self.changes)],
            "notOurs": list(self.left_alone),
            "steps": [],
            "diagnostics": [],
        }


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return one finding as `--json` shows it."""
    shown = {"code": finding.code, "object": finding.path, "text": finding.sentence, "incident": finding.weakened}
    return shown | {"fix": finding.fix} if finding.fix else shown


def drift_of(report: Report, beside: Beside) -> Drift:
    """Return what a look at the database has found."""
    return Drift(report.stack, report.engine, (*findings_of(report.steps), *beside.incidents), beside.left_alone)


def findings_of(steps: Iterable[Step]) -> tuple[Finding, ...]:
    """Return what the steps of a refresh have found, each once."""
    return tuple(dict.fromkeys(finding for step in steps for finding in _of_step(step)))


def incidents_told(report: Report) -> tuple[Finding, ...]:
    """Return the incidents that a run has come upon, whatever it was for."""
    parsed = (Finding.parse(message.text) for step in report.steps for message in step.messages)
    return tuple(dict.fromkeys(finding for finding in parsed if finding is not None and finding.weakened))


def show_told(report: Report, output: Output) -> None:
    """Show after a run what it has found to be changed out of band: all of a refresh, of an `up` the incidents."""
    if report.action is Action.REFRESH:
        for finding in findings_of(report.steps):
            output.line(f"{'!' if finding.weakened else '~'} {finding.sentence}", "yellow")
    for finding in incidents_told(report) if report.action in {Action.UP, Action.REFRESH} else ():
        output.note(f"warning: {finding.text}")


def _of_step(step: Step) -> Iterable[Finding]:
    told = [finding for message in step.messages if (finding := Finding.parse(message.text))]
    if told or step.op is Op.SAME or step.is_structure:
        return told
    name = f"{_kind(step)} {step.name}"
    if step.op is Op.DELETE:
        return [Finding(name, f"{name} is gone")]
    return [Finding(name, f"{name} was changed: {change_line(change)}") for change in step.changes]


def _kind(step: Step) -> str:
    return "membership" if step.kind == "GrantRole" else step.kind.lower()


def conclusion(drift: Drift) -> str:
    """Return the last line."""
    if not drift.findings:
        return "Nothing of ours was changed out of band."
    incidents, changes = len(drift.incidents), len(drift.changes)
    parts = [_many(incidents, "incident") if incidents else "", _many(changes, "other change") if changes else ""]
    repairs = [finding for finding in drift.findings if not finding.fix]
    told = ": `rollout up` puts it back" if len(repairs) == len(drift.findings) else ": `rollout up` puts back the rest"
    return " and ".join(part for part in parts if part) + (told if repairs else "") + "."


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}"
