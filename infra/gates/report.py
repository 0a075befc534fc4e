"""What a gate's measurement amounts to: a row for each criterion and one verdict, for people and for the ledger."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from infra.models.criterion import Severity, write_figure


class Outcome(StrEnum):
    """What a criterion, or the whole gate, comes to. Inconclusive is neither passed nor failed: the gate stays shut."""

    PASSED = "passed"
    ATTESTED = "attested"
    OVERRIDDEN = "overridden"
    INCONCLUSIVE = "inconclusive"
    FAILED = "failed"

    @property
    def opens(self) -> bool:
        """Whether one may go on."""
        return self not in {Outcome.INCONCLUSIVE, Outcome.FAILED}


@dataclass(frozen=True)
class Row:
    """One criterion as it was found; `why` is one line."""

    criterion: str
    title: str
    outcome: Outcome
    target: str
    unit: str
    why: str
    values: tuple[float, ...] = ()
    samples: int = 0
    source: str = ""
    severity: Severity = Severity.BLOCKING

    @property
    def blocks(self) -> bool:
        """Whether the gate stays shut because of it."""
        return self.severity is Severity.BLOCKING and not self.outcome.opens

    @property
    def measured(self) -> str:
        """The figures in words; a dash where there is none."""
        return ", ".join(write_figure(value, self.unit) for value in self.values) or "-"

    def evidence(self) -> dict[str, Any]:
        """Return what the ledger keeps of it."""
        return {
            "criterion": self.criterion,
            "outcome": self.outcome.value,
            "target": self.target,
            "values": list(self.values),
            "unit": self.unit,
            "samples": self.samples,
            "source": self.source,
            "severity": self.severity.value,
            "why": self.why,
        }


_WIDEST_OUTCOME: Final = max(len(outcome) for outcome in Outcome)


@dataclass(frozen=True)
class GateReport:
    """A gate as it was found at a moment (UTC). `overridden_by` says who decided to go on without it."""

    gate: int
    at: datetime
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    overridden_by: str = ""

    @property
    def measured_verdict(self) -> Outcome:
        """What the criteria come to by themselves."""
        blocking = [row.outcome for row in self.rows if row.severity is Severity.BLOCKING]
        worst = (Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.OVERRIDDEN)
        return next((outcome for outcome in worst if outcome in blocking), Outcome.PASSED)

    @property
    def verdict(self) -> Outcome:
        """Whether one may go on: passed, failed, inconclusive, or overridden by a person."""
        measured = self.measured_verdict
        return Outcome.OVERRIDDEN if self.overridden_by and not measured.opens else measured

    def lines(self) -> list[str]:
        """Return the table as text: the verdict, a line for each criterion, and what does not hold."""
        return [text for _, text in self.marked_lines()]

    def marked_lines(self) -> list[tuple[bool, str]]:
        """Return the table, each line with whether it tells of something that keeps the gate shut."""
        name, target = (max((len(text) for text in texts), default=0) for texts in self._columns())
        table = [
            (
                row.blocks,
                f"{row.outcome:<{_WIDEST_OUTCOME}}  {row.criterion:<{name}}  {row.target:<{target}}  {row.why}",
            )
            for row in self.rows
        ]
        by = f", overridden by {self.overridden_by}" if self.overridden_by and not self.measured_verdict.opens else ""
        head = (not self.verdict.opens, f"gate {self.gate}: {self.measured_verdict}{by}")
        return [head, *table, *((False, note) for note in self.notes)]

    def _columns(self) -> tuple[list[str], list[str]]:
        return [row.criterion for row in self.rows], [row.target for row in self.rows]

    def evidence(self) -> dict[str, Any]:
        """Return what the ledger keeps, as plain values."""
        return {
            "gate": self.gate,
            "at": self.at.isoformat(),
            "verdict": self.verdict.value,
            "measured": self.measured_verdict.value,
            "overriddenBy": self.overridden_by,
            "criteria": [row.evidence() for row in self.rows],
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Judgement:
    """What a criterion's figures come to, and why in one line."""

    outcome: Outcome
    why: str
    values: tuple[float, ...] = field(default=())
    samples: int = 0
