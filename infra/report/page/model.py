"""What the page says: one document of all environments, from which HTML, Markdown, JSON and the terminal are made.

It holds nothing secret; texts that people wrote (reasons, names) are kept as they are and escaped where they are shown.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from infra.models.base import Model


class Level(StrEnum):
    """How something stands. The word is always shown beside the colour."""

    GOOD = "good"
    WAITING = "waiting"
    ATTENTION = "attention"
    BAD = "bad"
    UNKNOWN = "unknown"


class Verdict(Model):
    """An environment in a few words, and why."""

    level: Level
    title: str
    reasons: tuple[str, ...] = ()


class PhaseStep(Model):
    """A phase as an environment has it; `since` is when it was entered last, where the ledger tells."""

    number: int
    state: Literal["passed", "here", "ahead"]
    since: datetime | None = None


class Point(Model):
    """One day's figure; `age` counts the days before the page was made."""

    age: int
    value: float
    samples: int


class Series(Model):
    """A figure day by day, the oldest first, and what it is held against."""

    title: str
    unit: str = ""
    points: tuple[Point, ...] = ()
    threshold: float | None = None
    allowed: str = ""
    days: int


class CriterionLine(Model):
    """One criterion of the gate as it was measured for this page."""

    name: str
    title: str
    verdict: str
    opens: bool
    measured: str = ""
    allowed: str = ""
    samples: int = 0
    note: str = ""
    series: Series | None = None


class GateView(Model):
    """The gate that lets this phase be left."""

    number: int
    verdict: str
    opens: bool
    overridden_by: str = ""
    criteria: tuple[CriterionLine, ...] = ()
    notes: tuple[str, ...] = ()


class StageCount(Model):
    """How many creators stand in a stage, and how many have reached it."""

    stage: str
    here: int
    reached: int


class Band(Model):
    """Creators whose alignment lies in this band, in points."""

    low: int
    high: int
    creators: int


class CohortView(Model):
    """Who may enter, and who has. No cap is no limit."""

    audience: str
    team: int = 0
    beta: int = 0
    beta_in: int = 0
    cap: int | None = None
    creators: int = 0
    stages: tuple[StageCount, ...] = ()
    alignment: tuple[Band, ...] = ()
    unusable: int = 0
    """Profiles without an alignment."""


class FlagView(Model):
    """A flag as it holds, for whom, and why."""

    name: str
    on: bool
    audience: str
    why: str = ""


class DriftLine(Model):
    """What stands otherwise than the definition has it; an incident is what weakens a guard."""

    object: str
    sentence: str
    incident: bool = False


class LintLine(Model):
    """What a rule finds in the stack's file or its definition."""

    rule: str
    object: str
    problem: str
    fix: str = ""
    page: str = ""


class BackupLine(Model):
    """A backup that the ledger knows of."""

    at: datetime
    file: str
    by: str
    verified: bool
    tables: int = 0
    rows: int = 0


class AlarmLine(Model):
    """An alarm, its condition, and how its figure stands now; whoever cannot be asked here is not measured."""

    name: str
    severity: str
    condition: str
    state: Literal["firing", "calm", "no data", "not measured here"]
    measured: str = ""
    action: str = ""


class EventLine(Model):
    """An entry of the ledger."""

    at: datetime
    event: str
    subject: str = ""
    change: str = ""
    actor: str = ""
    commit: str = ""
    reason: str = ""


class CommandLine(Model):
    """A command to run, and what for."""

    purpose: str
    command: str
    note: str = ""


class Problem(Model):
    """A part of the page that could not be looked at, and why."""

    part: str
    text: str


class Environment(Model):
    """One stack and its database."""

    stack: str
    verdict: Verdict
    protected: bool | None = None
    database: str = ""
    """``name@host:port``; empty where it is not known."""
    server: str = ""
    access: str = ""
    file_phase: int | None = None
    phase: int | None = None
    phase_name: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""
    latch: str = ""
    phases: tuple[PhaseStep, ...] = ()
    gate: GateView | None = None
    cohort: CohortView | None = None
    flags: tuple[FlagView, ...] = ()
    drift: tuple[DriftLine, ...] = ()
    drift_looked: bool = False
    lint: tuple[LintLine, ...] = ()
    lint_looked: bool = False
    backups: tuple[BackupLine, ...] = ()
    alarms: tuple[AlarmLine, ...] = ()
    timeline: tuple[EventLine, ...] = ()
    commands: tuple[CommandLine, ...] = ()
    problems: tuple[Problem, ...] = ()
    as_of: datetime | None = None
    """When its figures are from, where they are older than the page."""

    @property
    def incidents(self) -> tuple[DriftLine, ...]:
        """What weakens a guard."""
        return tuple(line for line in self.drift if line.incident)

    @property
    def firing(self) -> tuple[AlarmLine, ...]:
        """The alarms that go off by what was measured now."""
        return tuple(line for line in self.alarms if line.state == "firing")


class PhaseHead(Model):
    """A phase by its name, and who may enter."""

    number: int
    name: str
    enters: str


class MatrixCell(Model):
    """What one role may do to one object: the words of the cell, and the whole of it."""

    role: str
    summary: str
    details: tuple[str, ...] = ()


class MatrixRow(Model):
    """An object, and each role's cell."""

    object: str
    cells: tuple[MatrixCell, ...]


class Matrix(Model):
    """Who may do what, for the environments that have it so."""

    access: str
    sign_up: bool
    stacks: tuple[str, ...]
    roles: tuple[str, ...]
    rows: tuple[MatrixRow, ...]


class PageDocument(Model):
    """The whole page."""

    version: Literal[1] = 1
    at: datetime
    project: str
    phases: tuple[PhaseHead, ...]
    environments: tuple[Environment, ...]
    matrices: tuple[Matrix, ...] = ()

    @property
    def level(self) -> Level:
        """The worst of all environments."""
        order = (Level.BAD, Level.ATTENTION, Level.UNKNOWN, Level.WAITING, Level.GOOD)
        found = {one.verdict.level for one in self.environments}
        return next((level for level in order if level in found), Level.UNKNOWN)

    def to_json(self) -> dict[str, Any]:
        """Return the document with every key, defaults too."""
        return self.model_dump(mode="json", by_alias=True)
