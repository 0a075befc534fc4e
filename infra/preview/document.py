"""The plan as one self-contained document: what `preview --json` prints, and what is kept and rendered from it.

It holds everything that a reviewer decides by, and nothing of the database's or the stack's that is secret.
"""

import json
from typing import Any, Final, Literal, Self

from infra.models.base import Model

#: The key under which `preview --json` has the document.
KEY: Final = "plan"


class PhaseChange(Model):
    """The phase of the rollout; before is None where nothing stands."""

    before: int | None = None
    after: int


class FlagChange(Model):
    """A flag as it holds: on only where all that it requires is on too; before is None where nothing stands."""

    name: str
    before: bool | None = None
    after: bool


class CohortChange(Model):
    """Who may enter (nobody, cohort, everyone), how many members there are, and how many beta creators have a place.

    No cap is no limit of its own: whether anybody gets in is the audience's word. Before is None where nothing stands.
    """

    audience_before: str | None = None
    audience_after: str = ""
    members_before: int | None = None
    members_after: int = 0
    cap_before: int | None = None
    cap_after: int | None = None


class CriterionRow(Model):
    """One criterion of a gate as it was measured for this preview."""

    name: str
    verdict: str
    measured: str = ""
    allowed: str = ""
    window: str = ""
    samples: int = 0
    note: str = ""


class GateTable(Model):
    """What stands between the phase before and the phase after: the gate that is measured, and who overrides."""

    number: int
    passed: bool
    verdict: str
    criteria: tuple[CriterionRow, ...] = ()
    overrides: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class PropertyDifference(Model):
    """One property of an object, before and after; None where it is not set."""

    path: str
    before: Any = None
    after: Any = None


class LockedRelation(Model):
    """A lock on a relation that is there already, with its size in bytes and the rows that statistics estimate."""

    lock: str
    relation: str
    bytes: int = 0
    rows: int = 0


class PlannedStep(Model):
    """Statements that stand or fall together; `keeps` says what is not lost by them."""

    subject: str
    summary: str
    sql: tuple[str, ...]
    transactional: bool = True
    lock_timeouts: tuple[int, ...] = ()
    """Milliseconds, for each try."""
    locks: tuple[LockedRelation, ...] = ()
    rewrites: bool = False
    hazards: tuple[str, ...] = ()
    keeps: str = ""


class PlannedObject(Model):
    """One object and what becomes of it. `back` is the SQL that takes the steps back, as far as it can be done."""

    kind: str
    object: str
    action: Literal["create", "adopt", "change", "remove"]
    changes: tuple[PropertyDifference, ...] = ()
    steps: tuple[PlannedStep, ...] = ()
    locks: tuple[LockedRelation, ...] = ()
    rewrites: bool = False
    hazards: tuple[str, ...] = ()
    reversible: bool = True
    back: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class ApprovalGiven(Model):
    """Who approved a hazard, why, until when (a date), and where that is written."""

    reason: str
    by: str
    expires: str
    where: str = ""


class HazardNote(Model):
    """A hazard at an object, in words; on a protected stack it needs somebody's approval."""

    code: str
    object: str
    summary: str
    page: str = ""
    """What explains it, from the project's folder on."""
    approval: ApprovalGiven | None = None
    needs_approval: bool = False


class AccessSentence(Model):
    """One thing that somebody may do or may no longer do."""

    sentence: str
    widens: bool


class DriftNote(Model):
    """What was changed out of band since the last `up`; an incident is what weakens a guard."""

    object: str
    sentence: str
    incident: bool = False


class LintFinding(Model):
    """What a rule finds; `page` explains it, from the project's folder on."""

    rule: str
    object: str
    problem: str
    page: str = ""


class Lint(Model):
    """What the change brings with it, apart from what stands already and stays."""

    new: tuple[LintFinding, ...] = ()
    old: tuple[LintFinding, ...] = ()


class OtherResource(Model):
    """A resource that is no object of the database: files, AWS, PgBouncer, what another provider makes."""

    type: str
    name: str
    action: str


class Commands(Model):
    """What to run: to apply this, to go one phase up, to go back to where the database stands."""

    up: str
    advance: str | None = None
    roll_back: str | None = None


class PlanDocument(Model):
    """What an `up` would do, and what a reviewer must know of it."""

    version: Literal[1] = 1
    stack: str
    protected: bool
    engine: str
    database: str = ""
    """``name@host:port``; empty where it is not known."""
    phase: PhaseChange
    flags: tuple[FlagChange, ...] = ()
    cohort: CohortChange = CohortChange()
    gate: GateTable | None = None
    objects: tuple[PlannedObject, ...] = ()
    hazards: tuple[HazardNote, ...] = ()
    access: tuple[AccessSentence, ...] = ()
    drift: tuple[DriftNote, ...] = ()
    lint: Lint = Lint()
    other: tuple[OtherResource, ...] = ()
    errors: tuple[str, ...] = ()
    """What would keep `up` from going through."""
    commands: Commands

    def to_json(self) -> dict[str, Any]:
        """Return the document with every key, defaults too."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Return the document of these values: its own, or all that `preview --json` printed.

        Raises:
            pydantic.ValidationError: when it is none.
        """
        return cls.load(content.get(KEY, content))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the document of this JSON.

        Raises:
            ValueError: when it is no JSON, or no document (pydantic.ValidationError is one).
        """
        content = json.loads(text)
        if not isinstance(content, dict):
            raise ValueError("it is not a JSON object")  # noqa: TRY004 - one kind of error for what cannot be read
        return cls.from_json(content)
