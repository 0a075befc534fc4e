"""Whose database it is: the ledger remembers the stack that deployed to it, and which cluster it was in then."""

from infra.database.ledger import Entry, append, is_kept, read_ledger
from infra.database.session import Session
from infra.errors import RolloutError

EVENT = "identity"


def require_identity(session: Session, stack: str, cluster: str) -> None:
    """Refuse a database that another stack deployed to, and a copy of one that nobody has claimed yet.

    Raises:
        RolloutError: DB010 naming both.
    """
    known = read_ledger(session, event=EVENT, limit=1)
    if not known or (known[-1].subject, known[-1].to_value) == (stack, cluster):
        return
    theirs, there = known[-1].subject, known[-1].to_value
    problem = (
        f"it is the database of stack {theirs}, and this is stack {stack}"
        if theirs != stack
        else f"it is a copy: stack {stack} deployed to cluster {there}, and this is cluster {cluster}"
    )
    raise RolloutError(
        "DB010",
        f"database {session.target.host}:{session.target.port}/{session.target.name}",
        problem,
        fix="correct `database` in the stack file; if this database is this stack's from now on (a restored backup, a"
        f" stack by another name), say so: `rollout claim --stack {stack} --why …`",
    )


def remember_identity(session: Session, stack: str, cluster: str, *, actor: str, commit: str, reason: str = "") -> bool:
    """Let the ledger, where there is one, say whose database this is; return whether it was news."""
    if not is_kept(session):
        return False
    known = read_ledger(session, event=EVENT, limit=1)
    if known and (known[-1].subject, known[-1].to_value) == (stack, cluster):
        return False
    before = known[-1].to_value if known else ""
    append(session, Entry(EVENT, actor, commit, before, cluster, reason, subject=stack))
    return True
