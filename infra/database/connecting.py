"""Connecting with patience: to a server that starts or has no room just now, and again after a connection was lost."""

import threading
import time
from collections.abc import Callable
from typing import Final

import psycopg

from infra.database.failures import NotReady, cancelled_error
from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError

Tell = Callable[[str], None]
Open = Callable[[], Session]

#: How long a connection is tried for.
PATIENCE_SECONDS: Final = 60.0
#: Pauses between the tries double, from the first to the longest, in seconds.
FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 5.0
#: How long the backend of a lost connection may take to notice; then it is ended.
END_SECONDS: Final = 3.0
_NOBODY_CANCELS: Final = threading.Event()


def quiet(_text: str) -> None:
    """Tell nobody."""


def connect_patiently(
    connect: Open,
    *,
    stop: threading.Event = _NOBODY_CANCELS,
    tell: Tell = quiet,
    observer: Session | None = None,
    again_on: type[RolloutError] = NotReady,
) -> Session:
    """Connect, for a minute again and again while the server says that it will be ready, or has no room.

    Raises:
        RolloutError: the last refusal, with who takes the room where an `observer` can tell; PRV004 after a cancel.
    """
    deadline, pause, told = time.monotonic() + PATIENCE_SECONDS, FIRST_PAUSE, False
    while True:
        try:
            return connect()
        except again_on as error:
            if error.code == "DB002" or time.monotonic() + pause > deadline:
                raise _with_numbers(error, observer) from None
            if not told:
                tell(f"{_with_numbers(error, observer).problem}; trying for {PATIENCE_SECONDS:.0f} s")
                told = True
        if stop.wait(pause):
            raise cancelled_error()
        pause = min(pause * 2, LONGEST_PAUSE)


def reconnect(lost: Session, connect: Open, tell: Tell = quiet) -> Session:
    """Return a session in the place of one that was lost, once the server has ended that one.

    Until then nobody knows what becomes of the statement that was sent last.

    Raises:
        RolloutError: DB001 when there was no connection within a minute; as `connect_patiently` does.
    """
    lost.close()
    session = connect_patiently(connect, stop=lost.cancelled, tell=tell, again_on=RolloutError)
    session.succeed(lost)
    _await_end(session, lost)
    return session


def _await_end(session: Session, lost: Session) -> None:
    deadline = time.monotonic() + END_SECONDS
    told = False
    while _is_there(session, lost):
        if not told and time.monotonic() >= deadline:
            session.execute(catalog_query("session_end.sql"), {"pid": lost.pid})
            told = True
        if time.monotonic() >= deadline + END_SECONDS or session.cancelled.wait(0.1):
            return


def _is_there(session: Session, lost: Session) -> bool:
    row = session.one(catalog_query("session_left.sql"), {"pid": lost.pid, "name": lost.application_name})
    return bool(row and row["there"])


def _with_numbers(error: RolloutError, observer: Session | None) -> RolloutError:
    """Return the error with how many connections are taken, and by whom most of them, where that can be asked."""
    if error.code != "DB013" or observer is None:
        return error
    try:
        row = observer.execute(catalog_query("connections.sql"))[0]
    except psycopg.Error:
        return error
    role = f", {row['role_room']} allowed for {observer.target.user}" if row["role_room"] is not None else ""
    numbers = f" ({row['used']} of {row['room']} in use{role}; most by: {row['top']})"
    return type(error)(error.code, error.path, error.problem + numbers, allowed=error.allowed, fix=error.fix)
