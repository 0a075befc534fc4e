"""Which hazards of a plan are approved, and which still need somebody's word: as `up` will judge them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from infra.database.workspace import Workspace
from infra.ddl.approving import hazards_to_approve
from infra.ddl.statement import Hazard
from infra.models.approval import Placed, Review, find
from infra.preview.document import ApprovalGiven, HazardNote
from infra.preview.items import Action, Item
from infra.preview.planning import KINDS


def with_approvals(workspace: Workspace, items: tuple[Item, ...], review: Review) -> tuple[Item, ...]:
    """Return the items, each with what somebody has to approve of it, by the rule of the provider's own handlers."""
    gone = {item.identity for item in items if item.action is Action.REMOVE}
    return tuple(
        replace(item, to_approve=_to_approve(workspace, item, review, gone)) if hazards_to_approve(item.steps) else item
        for item in items
    )


def _to_approve(workspace: Workspace, item: Item, review: Review, gone: set[str]) -> tuple[Hazard, ...]:
    handler = KINDS[item.kind]
    if item.after is None:
        with_it = getattr(item.before, "relation", "") in gone
        return () if with_it else handler.to_approve_removal(workspace, item.before, item.steps)
    seen = handler.look(workspace, item.after, workspace.record.spelling(item.kind, item.identity))
    return handler.to_approve(workspace, review, seen, item.after, item.steps)


def judge(
    notes: Iterable[HazardNote], items: Iterable[Item], approvals: tuple[Placed, ...], now: datetime
) -> Iterator[HazardNote]:
    """Yield each hazard with its approval, and whether one is needed; one that has expired is told and does not count.

    Args:
        notes: the hazards in words.
        items: what is planned; each says what of it somebody has to approve.
        approvals: what is approved for the stack, expired or not.
        now: the moment for which it is judged.
    """
    needing = {(hazard.value, item.name) for item in items for hazard in item.to_approve}
    for note in notes:
        given = find(approvals, note.code, note.object) if (note.code, note.object) in needing else ()
        holds = bool(given) and given[0].approval.holds(now)
        approval = _given(given[0]) if given else None
        needed = (note.code, note.object) in needing and not holds
        yield note.model_copy(update={"approval": approval, "needs_approval": needed})


def unapproved(notes: Iterable[HazardNote]) -> list[HazardNote]:
    """Return what nobody has approved and somebody has to."""
    return [note for note in notes if note.needs_approval]


def unused(approvals: Iterable[Placed], notes: Iterable[HazardNote]) -> list[Placed]:
    """Return the approvals of what is in nobody's plan."""
    planned = {(note.code, note.object) for note in notes}
    return [one for one in approvals if (one.approval.hazard, one.approval.object_name) not in planned]


def _given(placed: Placed) -> ApprovalGiven:
    said = placed.approval
    return ApprovalGiven(reason=said.why, by=said.by, expires=said.until, where=placed.where)
