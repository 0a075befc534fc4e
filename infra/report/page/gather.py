"""Looks at one environment: each part by itself, so that what cannot be looked at is said and the rest is shown."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from infra.backups.record import EVENT as BACKUP
from infra.database.ledger import Entry, read_ledger
from infra.database.rollout import State, read_state
from infra.database.session import Session
from infra.database.target import Target
from infra.database.workspace import Workspace, open_workspace
from infra.errors import RolloutError, RolloutErrors, redact
from infra.gates.evaluation import evaluate
from infra.gates.report import Row
from infra.gates.settings import as_set
from infra.models.definition import Definition
from infra.models.gate import CriterionName, GateSettings
from infra.models.monitoring import MonitoringSettings
from infra.pipeline.gates import criterion
from infra.pipeline.phases import phase
from infra.report.page.alarms import alarm_lines
from infra.report.page.drift import read_drift
from infra.report.page.figures import Points, read_cohort, read_series, series_of
from infra.report.page.model import (
    BackupLine,
    CriterionLine,
    Environment,
    EventLine,
    FlagView,
    GateView,
    LintLine,
    Problem,
    Verdict,
)
from infra.report.page.standing import commands, phase_steps
from infra.report.page.verdict import verdict_of

_NAME: Final = "rollout report"
#: What a page shows of the ledger and of the backups; `rollout history` has the rest.
TIMELINE: Final = 60
BACKUPS: Final = 8
#: As many changes of the phase as tell when each was entered.
_PHASES: Final = 100
_LONGEST: Final = 600

Flags = Callable[[State], Iterable[FlagView]]
Define = Callable[[int], Definition]


@dataclass(frozen=True)
class Ground:
    """What the stack's file says, as far as it can be read; `problem` says why it, or its database, cannot."""

    stack: str
    target: Target | None = None
    problem: str = ""
    protected: bool | None = None
    access: str = ""
    file_phase: int | None = None
    gates: GateSettings = field(default_factory=GateSettings)
    monitoring: MonitoringSettings = field(default_factory=MonitoringSettings)
    lint: tuple[LintLine, ...] = ()
    lint_looked: bool = False
    flags: Flags = lambda _state: ()
    define: Define | None = None
    """Makes the definition for a phase."""


def gather(ground: Ground, now: datetime) -> Environment:
    """Return the environment as it stands at this moment (UTC). Nothing is changed, but for what `verify` undoes."""
    here = _of_file(ground)
    if ground.target is None:
        return _judged(here)
    try:
        workspace = open_workspace(ground.target, application_name=_NAME)
    except (RolloutError, RolloutErrors) as error:
        return _judged(_with_problem(here, "database", error))
    try:
        return _judged(_look(workspace, ground, here, now))
    except (RolloutError, RolloutErrors) as error:
        return _judged(_with_problem(here, "database", error))
    finally:
        workspace.close()


def _of_file(ground: Ground) -> Environment:
    target, part = ground.target, "database" if ground.file_phase else "stack file"
    return Environment(
        stack=ground.stack,
        verdict=Verdict(level="unknown", title=""),
        protected=ground.protected,
        database=f"{target.name}@{target.host}:{target.port}" if target else "",
        access=ground.access,
        file_phase=ground.file_phase,
        lint=ground.lint,
        lint_looked=ground.lint_looked,
        problems=(Problem(part=part, text=ground.problem),) if ground.problem else (),
    )


def _look(workspace: Workspace, ground: Ground, here: Environment, now: datetime) -> Environment:
    session = workspace.session
    server = f"PostgreSQL {session.version // 10000}.{session.version % 10000}"
    state = read_state(session)
    if state is None:
        return here.model_copy(update={"server": server, "commands": tuple(commands(ground.stack, None))})
    backups = read_ledger(session, event=BACKUP, limit=BACKUPS)
    changes = [*read_ledger(session, event="phase", limit=_PHASES), *read_ledger(session, event="rollback", limit=20)]
    parts: dict[str, Callable[[], Any]] = {
        "gate": lambda: _gate(session, ground, state, now),
        "cohort": lambda: read_cohort(session, state),
        "timeline": lambda: tuple(_events(read_ledger(session, limit=TIMELINE))),
        "alarms": lambda: alarm_lines(session, ground.monitoring, state, _backed_up(backups, changes), now),
    }
    if define := ground.define:
        parts["drift"] = lambda: read_drift(workspace, define(state.phase))
    standing: dict[str, Any] = {
        "server": server,
        "phase": state.phase,
        "phase_name": phase(state.phase).name,
        "changed_at": state.changed_at,
        "changed_by": state.changed_by,
        "latch": f"set by {state.latched_by}: {state.latched_reason}" if state.latched else "",
        "phases": phase_steps(state, changes),
        "flags": tuple(ground.flags(state)),
        "backups": tuple(_backups(backups)),
        "commands": tuple(commands(ground.stack, state)),
    }
    return _looked(here.model_copy(update=standing), parts)


def _backed_up(backups: list[Entry], changes: list[Entry]) -> datetime | None:
    """Return when the last backup was taken; where there is none, the first deploy counts, as far as it is known."""
    taken, begun = ([one.recorded_at for one in found if one.recorded_at] for found in (backups, changes))
    return max(taken) if taken else min(begun, default=None)


def _looked(here: Environment, parts: dict[str, Callable[[], Any]]) -> Environment:
    """Return the environment with each part that could be looked at; a lost connection ends it."""
    for name, look in parts.items():
        try:
            found = {name: look()} | ({"drift_looked": True} if name == "drift" else {})
            here = here.model_copy(update=found)
        except (RolloutError, RolloutErrors) as error:
            if isinstance(error, RolloutError) and error.code == "DB001":
                raise
            here = _with_problem(here, name, error)
    return here


def _with_problem(here: Environment, part: str, error: Exception) -> Environment:
    problem = Problem(part=part, text=redact(str(error)))
    return here.model_copy(update={"problems": (*here.problems, problem)})


def _judged(here: Environment) -> Environment:
    return here.model_copy(update={"verdict": verdict_of(here)})


def _gate(session: Session, ground: Ground, state: State, now: datetime) -> GateView:
    report = evaluate(session, state.phase, ground.gates, now)
    points = read_series(session, now)
    return GateView(
        number=report.gate,
        verdict=report.verdict.value,
        opens=report.verdict.opens,
        overridden_by=report.overridden_by,
        criteria=tuple(_criterion(row, ground.gates, points) for row in report.rows),
        notes=report.notes,
    )


def _criterion(row: Row, settings: GateSettings, points: Points) -> CriterionLine:
    return CriterionLine(
        name=row.criterion,
        title=row.title,
        verdict=row.outcome.value,
        opens=row.outcome.opens,
        measured=row.measured,
        allowed=row.target,
        samples=row.samples,
        note=_short(row.why),
        series=series_of(as_set(criterion(CriterionName(row.criterion)), settings), points),
    )


def _events(entries: list[Entry]) -> Iterator[EventLine]:
    """Yield the entries, the newest first."""
    for entry in reversed(entries):
        if entry.recorded_at is None:
            continue
        change = f"{entry.from_value or 'none'} → {entry.to_value or 'none'}"
        yield EventLine(
            at=entry.recorded_at,
            event=entry.event,
            subject=entry.subject,
            change=change if entry.from_value or entry.to_value else "",
            actor=entry.actor,
            commit=entry.commit_id,
            reason=_short(redact(entry.reason)),
        )


def _backups(entries: list[Entry]) -> Iterator[BackupLine]:
    for entry in reversed(entries):
        if entry.recorded_at is None:
            continue
        yield BackupLine(
            at=entry.recorded_at,
            file=entry.to_value,
            by=entry.actor,
            verified=entry.details.get("verified") is True,
            tables=_number(entry.details.get("tables")),
            rows=_number(entry.details.get("rows")),
        )


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
