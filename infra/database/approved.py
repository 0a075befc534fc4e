"""What the database knows of approvals: whether it is on a way back, and what was done under which."""

from collections.abc import Iterable

from infra.database.ledger import Entry, append, is_kept
from infra.database.provenance import provenance
from infra.database.rollout import read_state
from infra.database.session import Session
from infra.models.approval import Placed, Review

EVENT = "approval"


def goes_back(session: Session, review: Review | None) -> bool:
    """Whether the program takes the database back: to a lower phase, with fewer flags, or under the kill switch."""
    state = read_state(session)
    if state is None or review is None:
        return False
    on, wanted = {name for name, is_on in state.flags.items() if is_on}, set(review.flags_on)
    fewer = review.phase < state.phase or (review.phase == state.phase and wanted < on)
    return state.latched or (wanted <= on and fewer)


def record_approvals(session: Session, used: Iterable[Placed]) -> bool:
    """Write into the ledger what was carried out under which approval; return whether there is a ledger yet."""
    if not is_kept(session):
        return False
    who = provenance()
    for one in used:
        approval = one.approval
        details = approval.dump() | {"where": one.where}
        subject = f"{approval.hazard} of {approval.object_name}"
        append(session, Entry(EVENT, who.actor, who.commit, "", "", approval.why, details, subject))
    return True
