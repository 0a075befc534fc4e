"""One deploy at a time per database: a session-level advisory lock on a connection of its own, polled."""

import time
from collections.abc import Callable
from typing import Final

from infra.database.holders import Holder, holder_of
from infra.database.ladder import wait_until
from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError

#: The two halves of the lock's key: "roll" and "out" in ASCII.
CLASS: Final = 0x726F6C6C
OBJECT: Final = 0x006F7574
#: "rolw": the lock's session says with it, and a pid, which session works under the lock.
WORKER_CLASS: Final = 0x726F6C77
WAIT_SECONDS: Final = 30.0
#: How often somebody who waits is told for whom.
TELL_SECONDS: Final = 5.0

KEY: Final = {"class": CLASS, "object": OBJECT}
HOLDER_KEY: Final = KEY | {"worker": WORKER_CLASS}

Tell = Callable[[str], None]


def take_deploy_lock(
    session: Session, seconds: float = WAIT_SECONDS, *, worker: int | None = None, tell: Tell = lambda _text: None
) -> None:
    """Take the lock for as long as the session lives; `worker` is the backend that works under it.

    Whoever waits is told at once, and then every few seconds, who is at work.

    Raises:
        RolloutError: DB005 naming the holder, when it did not come free in time.
    """
    if not wait_until(lambda: _try(session), session, seconds, meanwhile=_Teller(session, tell)):
        raise _held(session)
    if worker is not None:
        session.query(catalog_query("deploy_lock.sql"), {"class": WORKER_CLASS, "object": worker})


def replace_worker(session: Session, former: int, worker: int) -> None:
    """Say through the lock's session that another backend works under the lock from now on."""
    session.query(catalog_query("deploy_unlock.sql"), {"class": WORKER_CLASS, "object": former})
    session.query(catalog_query("deploy_lock.sql"), {"class": WORKER_CLASS, "object": worker})


def holders(session: Session) -> list[Holder]:
    """Return who holds the lock and who works under it; nobody while it is free."""
    return [holder_of(row) for row in session.query(catalog_query("deploy_lock_holder.sql"), HOLDER_KEY)]


class _Teller:
    """Says who is at work, at once and then at intervals."""

    def __init__(self, session: Session, tell: Tell) -> None:
        self._session = session
        self._tell = tell
        self._next = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() >= self._next and (found := holders(self._session)):
            self._tell(f"waiting: another deploy is under way: {_named(found)}")
            self._next = time.monotonic() + TELL_SECONDS


def _try(session: Session) -> bool:
    row = session.one(catalog_query("deploy_lock.sql"), KEY)
    return bool(row and row["locked"])


def _named(found: list[Holder]) -> str:
    """Return the holder, and the worker beside it where that is another session."""
    return "; at work: ".join(holder.text for holder in found) or "somebody who has just gone"


def _held(session: Session) -> RolloutError:
    found = holders(session)
    pids = ", ".join(str(holder.pid) for holder in found)
    end = f" (or end pid {pids} with pg_terminate_backend)" if pids else ""
    return RolloutError(
        "DB005",
        f"database {session.target.name}",
        f"another deploy is under way: {_named(found)}",
        fix="wait until it is done, then run the same command again; if it has been left behind, end it with"
        f" `rollout up --take-over`{end}",
    )
