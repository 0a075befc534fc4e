"""One deploy at a time per database: a session-level advisory lock on a connection of its own, polled."""

from typing import Final

from infra.database.ladder import wait_until
from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError

#: The two halves of the lock's key: "roll" and "out" in ASCII.
CLASS: Final = 0x726F6C6C
OBJECT: Final = 0x006F7574
WAIT_SECONDS: Final = 30.0

_KEY: Final = {"class": CLASS, "object": OBJECT}


def take_deploy_lock(session: Session, seconds: float = WAIT_SECONDS) -> None:
    """Take the lock for as long as the session lives.

    Raises:
        RolloutError: DB005 naming the holder, when it did not come free in time.
    """
    if not wait_until(lambda: _try(session), session, seconds):
        raise _held(session)


def _try(session: Session) -> bool:
    row = session.one(catalog_query("deploy_lock.sql"), _KEY)
    return bool(row and row["locked"])


def _held(session: Session) -> RolloutError:
    row = session.one(catalog_query("deploy_lock_holder.sql"), _KEY)
    holder = "somebody who has just gone"
    if row is not None:
        holder = (
            f"pid {row['pid']} ({row['login'] or 'unknown'}, {row['application_name'] or 'no name'},"
            f" from {row['address'] or 'this machine'}, since {row['since']} UTC)"
        )
    return RolloutError(
        "DB005",
        f"database {session.target.name}",
        f"another deploy is under way: {holder}",
        fix="wait until it is done, then run the same command again",
    )
