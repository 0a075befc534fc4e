"""What a stack's file asks for, for the document of a plan: faults and all, since a reviewer needs it all the same."""

from dataclasses import dataclass
from functools import partial

from pydantic import ValidationError

from infra.cli.flags_standing import Facts, facts_of_state
from infra.cli.sql_texts import definition_of
from infra.cli.stacks import Stack, source_of
from infra.config.approvals import gather
from infra.config.definition import examine_definition
from infra.config.faults import HIDDEN
from infra.config.settings import StackSettings
from infra.config.stack import examine
from infra.database.cohort import COMMAND, MemberRow
from infra.database.rollout import State
from infra.ddl.reviewing import make_review
from infra.errors import RolloutError
from infra.models.approval import Review
from infra.models.cohort import Cohort
from infra.models.definition import Definition
from infra.pipeline.flags import FLAGS
from infra.preview.document import CohortChange, FlagChange


@dataclass(frozen=True)
class Asked:
    """What is asked for: the settings with faulty keys left out, the definition if there can be one, every fault."""

    settings: StackSettings
    definition: Definition | None
    faults: tuple[RolloutError, ...] = ()
    """Of the file."""
    findings: tuple[RolloutError, ...] = ()
    """Of the rules, in the definition."""
    review: Review | None = None
    """What is approved; None where nothing needs it."""


def read_asked(stack: Stack) -> Asked:
    """Return what the stack's file asks for. Of its secrets the engine tells: they may come from elsewhere."""
    source = source_of(stack)
    settings, faults = examine(source)
    definition, findings = examine_definition(partial(definition_of, settings))
    own = tuple(fault for fault in faults if fault.path.partition(".")[0] not in HIDDEN)
    approvals, _ = gather(settings.approvals, source.folder, source.stack)
    review = make_review(definition, stack.name, approvals) if settings.protect and definition else None
    return Asked(settings, definition, own, tuple(findings), review)


def flag_changes(state: State | None, settings: StackSettings) -> tuple[FlagChange, ...]:
    """Return each flag as it holds before and after, in the order of the rollout."""
    before = facts_of_state(state) if state else None
    wanted = settings.rollout
    after = Facts(wanted.phase, wanted.values, frozenset(wanted.cohort_only))
    return tuple(
        FlagChange(name=one.name.value, before=before.is_on(one.name) if before else None, after=after.is_on(one.name))
        for one in FLAGS
    )


def cohort_change(state: State | None, members: list[MemberRow], settings: StackSettings) -> CohortChange:
    """Return how the cohort changes. Those whom a command has let in stay, whatever the file says."""
    kept = {row.user for row in members if row.source == COMMAND}
    named = {member.user for member in _members(settings).members}
    return CohortChange(
        audience_before=state.audience if state else None,
        audience_after=settings.rollout.audience.value,
        members_before=len(members) if state else None,
        members_after=len(kept | named),
        cap_before=state.beta_cap if state else None,
        cap_after=settings.rollout.beta_cap,
    )


def _members(settings: StackSettings) -> Cohort:
    try:
        return settings.cohort.members()
    except ValidationError:
        return Cohort()  # it is among the faults already
