"""Puts the document of a plan together: from the stack's file, the engine's report, and what the database says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from infra.cli.preview_stack import Asked, cohort_change, flag_changes
from infra.cli.report import Report, Step
from infra.cli.stacks import EngineName, Stack
from infra.database.beside import read_beside
from infra.database.cohort import MemberRow, read_members
from infra.database.rollout import State, read_state
from infra.database.session import Session
from infra.database.target import Target
from infra.database.workspace import Workspace
from infra.ddl.statement import Hazard
from infra.drift.beside import known_from
from infra.drift.finding import Finding
from infra.embedded.engine.events import Op
from infra.errors import RolloutError, RolloutErrors, redact
from infra.gates.settings import settings_faults
from infra.gates.transition import Transition, transition
from infra.pipeline.phases import FIRST, LAST
from infra.preview.access import access_differences
from infra.preview.approvals import judge, with_approvals
from infra.preview.difference import Difference
from infra.preview.document import (
    AccessSentence,
    Commands,
    DriftNote,
    HazardNote,
    Lint,
    OtherResource,
    PhaseChange,
    PlanDocument,
)
from infra.preview.gates import gate_table
from infra.preview.hazards import hazard_note, hazard_notes
from infra.preview.lint import declared_findings, lint_change
from infra.preview.memberships import membership_differences
from infra.preview.objects import planned_object
from infra.preview.planning import KINDS, Survey, survey
from infra.preview.planning import State as Deployed
from infra.preview.sizes import Sizes, read_sizes
from infra.verify.standing import read_standing

#: How a provider tells of a hazard that no statement stands for, such as a pool that shrinks.
_TOLD: Final = re.compile(r"\[(?P<code>[A-Z_]+)\] (?P<text>.+)", re.DOTALL)


@dataclass(frozen=True)
class Looked:
    """What the database says: where it stands, what would be done, what was changed out of band."""

    state: State | None = None
    members: list[MemberRow] = field(default_factory=list)
    found: Survey = field(default_factory=Survey)
    sizes: Sizes = field(default_factory=dict)
    passage: Transition | None = None
    access: tuple[Difference, ...] = ()
    lint: Lint | None = None
    beside: tuple[Finding, ...] = ()
    problem: str = ""
    """Why it says less than it should."""


def look(workspace: Workspace, asked: Asked, deployed: Deployed, *, changes: bool) -> Looked:
    """Return what the database says. Nothing is changed; without `changes` its objects are not looked at again."""
    session, known = workspace.session, known_from(deployed)
    looked = Looked(
        state=read_state(session),
        members=read_members(session),
        passage=_passage(session, asked),
        beside=read_beside(session, known).incidents if known.relations or known.roles else (),
    )
    if not changes or asked.definition is None:
        return looked
    try:
        return _planned(looked, workspace, asked, deployed)
    except (RolloutError, RolloutErrors) as error:
        return replace(looked, problem=str(error))


def _planned(looked: Looked, workspace: Workspace, asked: Asked, deployed: Deployed) -> Looked:
    """Return what the database says with what would be done to each object, and what comes of it."""
    assert asked.definition is not None
    session, definition = workspace.session, asked.definition
    found, standing = survey(workspace, definition, deployed), read_standing(session, definition)
    if asked.review is not None:
        found = replace(found, items=with_approvals(workspace, found.items, asked.review))
    members = membership_differences(session, definition, known_from(deployed))
    return replace(
        looked,
        found=found,
        sizes=read_sizes(session, found.items),
        access=access_differences(found.items, standing=standing.policies, besides=members),
        lint=lint_change(standing, definition, found.items, asked.findings),
    )


def _passage(session: Session, asked: Asked) -> Transition | None:
    """Return the way to the wanted phase; None while what is said of the gates is at fault itself."""
    gates = asked.settings.gate_settings
    return None if settings_faults(gates) else transition(session, asked.settings.phase, gates, datetime.now(UTC))


def document(stack: Stack, asked: Asked, report: Report, looked: Looked, target: Target | None) -> PlanDocument:
    """Return the plan as one document."""
    settings, items, engine = asked.settings, looked.found.items, report.engine
    before = looked.state.phase if looked.state else None
    return PlanDocument(
        stack=stack.name,
        protected=settings.protect,
        engine=engine,
        database=f"{target.name}@{target.host}:{target.port}" if target else "",
        phase=PhaseChange(before=before, after=settings.phase),
        flags=flag_changes(looked.state, settings),
        cohort=cohort_change(looked.state, looked.members, settings),
        gate=gate_table(looked.passage, settings.gate_settings) if looked.passage else None,
        objects=tuple(planned_object(item, looked.sizes) for item in items),
        hazards=tuple(_hazards(report, asked, looked)),
        access=tuple(AccessSentence(sentence=one.sentence, widens=one.widens) for one in looked.access),
        drift=tuple(map(_drift, (*looked.beside, *looked.found.drift))),
        lint=looked.lint or declared_findings(asked.findings),
        other=tuple(_other(report)),
        errors=tuple(_errors(asked, report, looked)),
        commands=_commands(stack, EngineName(engine), before, settings.phase),
    )


def _hazards(report: Report, asked: Asked, looked: Looked) -> Iterator[HazardNote]:
    """Yield the hazards, each with its approval."""
    items, approvals = looked.found.items, asked.review.approvals if asked.review else ()
    notes = (*hazard_notes(items, looked.sizes), *told_hazards(report))
    return judge(notes, items, approvals, datetime.now(UTC))


def told_hazards(report: Report) -> Iterator[HazardNote]:
    """Yield the hazards that a provider has told of, where no statement stands for them."""
    for step in report.steps:
        for message in step.messages:
            found = _TOLD.fullmatch(message.text)
            if found and found["code"] in Hazard.__members__:
                yield hazard_note(Hazard[found["code"]], f"{step.kind.lower()} {step.name}", found["text"])


def _drift(finding: Finding) -> DriftNote:
    return DriftNote(object=finding.path, sentence=finding.sentence, incident=finding.weakened)


def _other(report: Report) -> Iterator[OtherResource]:
    for step in report.steps:
        if step.op is not Op.SAME and not step.is_structure and not _is_object(step):
            yield OtherResource(type=step.type, name=step.name, action=step.op.value)


def _is_object(step: Step) -> bool:
    return any(kind.token == step.type for kind in KINDS.values())


def _errors(asked: Asked, report: Report, looked: Looked) -> Iterator[str]:
    """Yield once what would keep `up` from going through, whoever has found it."""
    conflicts = [error for item in looked.found.items for error in item.errors]
    named: list[RolloutError] = [*asked.faults, *asked.findings, *conflicts]
    named += looked.passage.errors if looked.passage else []
    texts = [*map(str, named), *([looked.problem] if looked.problem else [])]
    told = [line for text in report.told for line in redact(text).splitlines()]
    yield from dict.fromkeys([*texts, *(line for line in told if line not in texts)])


def _commands(stack: Stack, engine: EngineName, before: int | None, after: int) -> Commands:
    name = f"--stack {stack.name}"
    back = before if before is not None and before < after else after - 1
    return Commands(
        up=f"pulumi up {name}" if engine is EngineName.PULUMI else f"rollout up {name}",
        advance=f"rollout advance {name}" if after < LAST else None,
        roll_back=f"rollout rollback --to {back} {name}" if back >= FIRST else None,
    )


def as_json(plan: PlanDocument) -> dict[str, Any]:
    """Return the part of `preview --json` that the document is."""
    return {"plan": plan.to_json()}
