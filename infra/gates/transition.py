"""From one phase to another: down is always open; up goes through the gate of the phase that is left.

A phase that nobody lived in cannot be measured: each one that is skipped needs a person's override of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.database.ledger import Entry, append
from infra.database.provenance import Provenance
from infra.database.rollout import read_state
from infra.database.session import Session
from infra.errors import RolloutError
from infra.gates.evaluation import evaluate
from infra.gates.persons import describe, expired, holding
from infra.gates.report import GateReport, Outcome, Row
from infra.models.gate import CriterionName, GateSettings, Override
from infra.pipeline.gates import criteria


@dataclass(frozen=True)
class Skipped:
    """A gate whose phase nobody lived in, and the override that lets it be skipped, if there is one."""

    gate: int
    override: Override | None


@dataclass(frozen=True)
class Transition:
    """The way from a phase (0 before the first deploy) to another, and what stands at its gates."""

    before: int
    after: int
    at: datetime
    report: GateReport | None = None
    skipped: tuple[Skipped, ...] = ()
    used: tuple[Override, ...] = ()
    """The overrides without which the gates would stay shut."""
    notes: tuple[str, ...] = ()

    @property
    def goes_up(self) -> bool:
        """Whether a gate is to be passed, or a first phase begins."""
        return self.after > self.before

    @property
    def verdict(self) -> Outcome:
        """What the gates on the way come to together."""
        measured = self.report.verdict if self.report else Outcome.PASSED
        if not measured.opens:
            return measured
        if self.missing:
            return Outcome.INCONCLUSIVE
        return Outcome.OVERRIDDEN if self.used else measured

    @property
    def is_open(self) -> bool:
        """Whether one may go on."""
        return self.verdict.opens

    @property
    def missing(self) -> tuple[int, ...]:
        """The skipped phases that nobody has overridden."""
        return tuple(item.gate for item in self.skipped if item.override is None)

    @property
    def errors(self) -> list[RolloutError]:
        """Everything that keeps the way shut: GATE001 for each criterion, GATE002 for skipped phases."""
        shut = self.report if self.report and not self.report.verdict.opens else None
        found = [_not_passed(shut, row) for row in shut.rows if row.blocks] if shut else []
        return [*found, *([_not_lived(self.missing, self.after)] if self.missing else [])]

    def marked_lines(self) -> list[tuple[bool, str]]:
        """Return what a preview shows, each line with whether it tells of something that keeps the way shut."""
        if not self.goes_up:
            return []
        said = [
            (False, f"gate {item.gate}: skipped, overridden by {describe(item.override)}")
            for item in self.skipped
            if item.override
        ]
        missing = [(True, str(_not_lived(self.missing, self.after)))] if self.missing else []
        notes = [(False, note) for note in self.notes]
        return [*(self.report.marked_lines() if self.report else []), *said, *missing, *notes]

    def lines(self) -> list[str]:
        """Return the gate's table, the skipped phases, and what holds no longer; nothing on the way down."""
        return [text for _, text in self.marked_lines()]

    def evidence(self) -> dict[str, Any]:
        """Return what the ledger keeps, as plain values."""
        return {
            "allowed": self.is_open,
            "verdict": self.verdict.value,
            "gates": [self.report.evidence()] if self.report else [],
            "skipped": [
                {"gate": item.gate, "overriddenBy": describe(item.override) if item.override else ""}
                for item in self.skipped
            ],
        }


def transition(session: Session, wanted: int, settings: GateSettings, now: datetime) -> Transition:
    """Return what stands between the database's phase and the wanted one at this moment (UTC). Nothing is changed.

    Raises:
        RolloutError: as `evaluate` does.
    """
    state = read_state(session)
    before = state.phase if state else 0
    report = evaluate(session, before, settings, now) if 0 < before < wanted else None
    skipped = tuple(Skipped(gate, holding(settings.overrides, gate, now)) for gate in range(before + 1, wanted))
    notes = tuple(line for item in skipped for line in expired(settings, item.gate, (), now))
    used = (*(_used(report, settings, now) if report else ()), *(item.override for item in skipped if item.override))
    return Transition(before, wanted, now, report, skipped, used, notes)


def _used(report: GateReport, settings: GateSettings, now: datetime) -> Iterator[Override]:
    """Yield the overrides of this gate, or of its criteria, that make a difference."""
    whole = holding(settings.overrides, report.gate, now)
    if whole is not None and not report.measured_verdict.opens:
        yield whole
    for row in report.rows:
        override = holding(settings.overrides, CriterionName(row.criterion), now)
        if override is not None and row.outcome is Outcome.OVERRIDDEN:
            yield override


def _not_passed(report: GateReport, row: Row) -> RolloutError:
    return RolloutError(
        "GATE001",
        f"gate {report.gate} {row.criterion}",
        f"{row.title} is {row.outcome}: {row.why}",
        allowed=row.target,
        fix=f"{_way_to_meet(row)}, or add to overrides {_override(row.criterion)}",
    )


def _way_to_meet(row: Row) -> str:
    """Return what meets a criterion: time alone does not bring a backup, nor somebody's word."""
    ways = {"ledger": "run `rollout backup take`", "attestation": "add it to attestations once somebody stands for it"}
    return ways.get(row.source, "wait until it is met")


def _not_lived(missing: tuple[int, ...], after: int) -> RolloutError:
    many = len(missing) > 1
    evidence = "; ".join(f"gate {gate}: {', '.join(found.name for found in criteria(gate))}" for gate in missing)
    problem = f"phase{'s' if many else ''} {', '.join(map(str, missing))} {'were' if many else 'was'} not passed"
    overrides = ", ".join(_override(gate) for gate in missing)
    return RolloutError(
        "GATE002",
        "",
        f"{problem}; missing is the evidence of {evidence}",
        allowed=f"one phase after the other, or an override for each that phase {after} skips",
        fix=f"set phase to {missing[0]}, or add to overrides [{overrides}]",
    )


def _override(gate: int | str) -> str:
    return f"{{gate: {gate}, by: <who>, why: <why>, until: <date>}}"


def entries_of(found: Transition, who: Provenance) -> list[Entry]:
    """Return what the ledger keeps of the attempt: the gate with its evidence, after the overrides that were used."""
    if not found.goes_up:
        return []
    before, after = str(found.before or ""), str(found.after)
    used = found.used if found.is_open else ()
    overrides = [
        Entry(
            "override",
            actor=who.actor,
            commit_id=who.commit,
            from_value=before,
            to_value=after,
            reason=override.why,
            details=override.dump(),
            subject=f"gate {override.gate}" if isinstance(override.gate, int) else override.gate.value,
        )
        for override in used
    ]
    reason = "; ".join(str(error) for error in found.errors)
    gate = Entry(
        "gate",
        actor=who.actor,
        commit_id=who.commit,
        from_value=before,
        to_value=after,
        reason=reason,
        details=found.evidence(),
        subject=found.verdict.value,
    )
    return [*overrides, gate]


def record(session: Session, found: Transition, who: Provenance) -> None:
    """Write the attempt into the ledger, refused or not.

    Raises:
        psycopg.Error: as the server reports it.
    """
    with session.transaction():
        for entry in entries_of(found, who):
            append(session, entry)
