"""Running a plan: each step under its own kind of wait, retried when somebody else was in the way, never forever."""

import random
import time
from collections.abc import Callable
from typing import Final

import psycopg

from infra.database.failures import LOCK_NOT_AVAILABLE, cancelled_error, statement_error
from infra.database.session import READING_LIMITS, Session
from infra.ddl.statement import LIMITS, Plan, Statement, Step, Waits
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError

#: Lock timeouts of an instant step's tries, in milliseconds.
RUNGS: Final = LIMITS[Waits.INSTANT].lock_timeouts
#: Pauses between the tries, in seconds, each stretched by up to a tenth at random: under 60 in all, so that whoever
#: reads for half a minute is waited for.
PAUSES: Final = (0.5, 5.0, 15.0, 30.0)

_PASSING: Final = frozenset({"40P01", "40001", LOCK_NOT_AVAILABLE})
_CATALOG_RACE: Final = frozenset({"XX000", "23505"})

Log = Callable[[str], None]


def run_plan(session: Session, plan: Plan, log: Log) -> None:
    """Run every step of the plan, in order.

    Raises:
        RolloutError: DB004 when an object stayed locked, naming who holds it; DB003 when the server refused;
            PRV004 when the session was cancelled.
    """
    for step in plan:
        if session.cancelled.is_set():
            raise cancelled_error()
        log(f"{step.subject}: {step.summary}")
        _run_step(session, step)


def _run_step(session: Session, step: Step) -> None:
    try:
        _climb(session, step, step.statements)
    except psycopg.Error as error:
        if error.sqlstate not in step.fallback_on or session.cancelled.is_set():
            raise _refusal(session, step, error) from None
    else:
        return
    try:
        _climb(session, step, step.fallback)
    except psycopg.Error as error:
        raise _refusal(session, step, error) from None


def _climb(session: Session, step: Step, statements: tuple[Statement, ...]) -> None:
    """Try again while somebody is in the way, a few times."""
    tries = len(LIMITS[step.waits].lock_timeouts)
    for attempt in range(tries):
        try:
            _attempt(session, step, statements, _limits(step.waits, attempt))
        except psycopg.Error as error:
            last = attempt + 1 == tries or error.sqlstate in step.fallback_on
            if last or not _is_passing(error) or session.cancelled.wait(_pause(attempt)):
                raise
        else:
            return


def _attempt(session: Session, step: Step, statements: tuple[Statement, ...], limits: dict[str, str]) -> None:
    if step.transactional:
        with session.transaction():
            session.configure(limits, local=True)
            for statement in statements:
                session.execute(statement.text)
        return
    session.configure(limits)
    try:
        for statement in statements:
            session.execute(statement.text)
    finally:
        if not session.connection.closed:
            session.configure(READING_LIMITS)


def _limits(waits: Waits, attempt: int) -> dict[str, str]:
    limits = LIMITS[waits]
    return {
        "lock_timeout": f"{limits.lock_timeouts[attempt]}ms",
        "statement_timeout": f"{limits.statement_timeout}ms",
    }


def _pause(attempt: int) -> float:
    # Jitter, not a secret: two deploys should not meet again at the same moment.
    return PAUSES[min(attempt, len(PAUSES) - 1)] * (1 + random.random() / 10)  # noqa: S311 - as said above


def _is_passing(error: psycopg.Error) -> bool:
    if error.sqlstate in _CATALOG_RACE:
        text = str(error)
        return "tuple concurrently updated" in text or "pg_catalog" in text or '"pg_' in text
    return error.sqlstate in _PASSING


def _refusal(session: Session, step: Step, error: psycopg.Error) -> RolloutError:
    if session.cancelled.is_set():
        return cancelled_error()
    if error.sqlstate != LOCK_NOT_AVAILABLE:
        return statement_error(step.subject, error, session.target)
    relations = sorted({relation for statement in step.statements for _, relation in statement.locks})
    return RolloutError(
        "DB004",
        step.subject,
        f"{step.summary}: {', '.join(relations) or 'the object'} stayed locked{_blockers(session, relations)}",
        fix="end or wait for that transaction, then run the same command again: what is done already is kept",
    )


def _blockers(session: Session, relations: list[str]) -> str:
    try:
        rows = session.query(catalog_query("blockers.sql"), {"relations": relations})
    except RolloutError:
        return ""
    names = [
        f"pid {row['pid']} ({row['login'] or 'unknown'}, {row['application_name'] or 'no name'},"
        f" {row['state'] or 'state hidden'}, {row['seconds']} s)"
        for row in rows
    ]
    return f" by {'; '.join(names)}" if names else ""


def wait_until(
    done: Callable[[], bool],
    session: Session,
    seconds: float,
    every: float = 0.2,
    meanwhile: Callable[[], None] = lambda: None,
) -> bool:
    """Poll until `done` or the time is over; return whether it was done. `meanwhile` is called after each miss.

    Raises:
        RolloutError: PRV004 when the session was cancelled.
    """
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() >= deadline:
            return False
        meanwhile()
        if session.cancelled.wait(every):
            raise cancelled_error()
    return True
