"""Ending what a deploy has left behind on the server, so that the next one need not wait for it."""

from typing import Final

import psycopg

from infra.database.deploy_lock import HOLDER_KEY
from infra.database.failures import statement_error
from infra.database.holders import Holder, holder_of
from infra.database.ledger import Entry, append, is_kept
from infra.database.session import Row, Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError

#: How long a session may take to end once it was told to.
END_MILLISECONDS: Final = 10_000
_NOT_ALLOWED: Final = "42501"


def left_behind(session: Session) -> list[Holder]:
    """Return the sessions of a deploy that is under way, those that work before the one that keeps the others out.

    A build that goes on with nobody to hold the lock for it counts too: its deploy has been killed.
    """
    rows: list[Row] = []
    for query in ("deploy_lock_holder.sql", "orphan_builds.sql"):
        rows += session.query(catalog_query(query), HOLDER_KEY)
    return sorted((holder_of(row) for row in rows), key=lambda holder: not holder.works)


def take_over(session: Session, *, actor: str, commit: str = "") -> list[Holder]:
    """End them and return which they were; the ledger, where there is one, remembers who did so.

    Whoever works is ended first: until then the lock keeps everybody else out, so that there are never two.

    Raises:
        RolloutError: DB005 when one may not be ended or does not end; DB003 or DB001 otherwise.
    """
    ended = left_behind(session)
    for holder in ended:
        _end(session, holder)
    if ended and is_kept(session):
        reason = "; ".join(holder.text for holder in ended)
        append(session, Entry("take-over", actor, commit, reason=reason, subject="deploy lock"))
    return ended


def _end(session: Session, holder: Holder) -> None:
    try:
        row = session.execute(catalog_query("terminate.sql"), {"pid": holder.pid, "milliseconds": END_MILLISECONDS})[0]
    except psycopg.Error as error:
        if error.sqlstate != _NOT_ALLOWED:
            raise statement_error(f"database {session.target.name}", error, session.target) from None
        raise _stays(session, holder, "it belongs to somebody whom we may not end") from None
    # False also says that it was gone before it could be told.
    if not row["gone"] and holder.pid in {other.pid for other in left_behind(session)}:
        raise _stays(session, holder, f"it did not end within {END_MILLISECONDS // 1000} s")


def _stays(session: Session, holder: Holder, why: str) -> RolloutError:
    return RolloutError(
        "DB005",
        f"database {session.target.name}",
        f"the other deploy cannot be ended, {why}: {holder.text}",
        fix=f"end it as its own login or as an administrator: pg_terminate_backend({holder.pid})",
    )
