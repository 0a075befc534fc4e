"""Running a plan: each step under its own kind of wait, retried when somebody else was in the way, never forever."""

import random
import time
from collections.abc import Callable
from typing import Final

import psycopg

from infra.database.failures import statement_error
from infra.database.session import Session
from infra.ddl.statement import Plan, Statement, Step, Waits
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError

#: Lock timeouts of one step's tries, in milliseconds. Whoever queues behind us waits so long at most, a second in all.
RUNGS: Final = (100, 100, 200, 300, 300)
#: Pauses between the tries, in seconds, each stretched by up to a half at random.
PAUSES: Final = (0.2, 0.5, 1.0, 2.0)
#: A concurrent build waits for old transactions without blocking anybody: what bounds it is the statement's own limit.
PATIENT_LOCK_MILLISECONDS: Final = 10 * 60 * 1000
PATIENT_STATEMENT_MILLISECONDS: Final = 60 * 60 * 1000
INSTANT_STATEMENT_MILLISECONDS: Final = 60 * 1000

_LOCK_NOT_AVAILABLE: Final = "55P03"
_PASSING: Final = frozenset({"40P01", "40001", _LOCK_NOT_AVAILABLE})
_CATALOG_RACE: Final = frozenset({"XX000", "23505"})

Log = Callable[[str], None]


def run_plan(session: Session, plan: Plan, log: Log) -> None:
    """Run every step of the plan, in order.

    Raises:
        RolloutError: DB004 when an object stayed locked, naming who holds it; DB003 when the server refused.
    """
    for step in plan:
        log(f"{step.subject}: {step.summary}")
        _run_step(session, step)


def _run_step(session: Session, step: Step) -> None:
    tries = len(RUNGS) if step.waits is Waits.INSTANT else 2
    for attempt in range(tries):
        try:
            _attempt(session, step, step.statements, attempt)
        except psycopg.Error as error:
            if error.sqlstate in step.fallback_on:
                _fall_back(session, step)
                return
            if attempt + 1 == tries or not _is_passing(error) or session.cancelled.is_set():
                raise _refusal(session, step, error) from None
            session.cancelled.wait(_pause(attempt))
        else:
            return


def _attempt(session: Session, step: Step, statements: tuple[Statement, ...], attempt: int) -> None:
    _set_limits(session, step.waits, attempt)
    if not step.transactional:
        for statement in statements:
            session.execute(statement.text)
        return
    with session.transaction():
        for statement in statements:
            session.execute(statement.text)


def _fall_back(session: Session, step: Step) -> None:
    try:
        _attempt(session, step, step.fallback, len(RUNGS) - 1)
    except psycopg.Error as error:
        raise _refusal(session, step, error) from None


def _set_limits(session: Session, waits: Waits, attempt: int) -> None:
    instant = waits is Waits.INSTANT
    lock = RUNGS[attempt] if instant else PATIENT_LOCK_MILLISECONDS
    limit = INSTANT_STATEMENT_MILLISECONDS if instant else PATIENT_STATEMENT_MILLISECONDS
    session.set("lock_timeout", f"{lock}ms")
    session.set("statement_timeout", f"{limit}ms")


def _pause(attempt: int) -> float:
    # Jitter, not a secret: two deploys should not meet again at the same moment.
    return PAUSES[min(attempt, len(PAUSES) - 1)] * (1 + random.random() / 2)  # noqa: S311 - as said above


def _is_passing(error: psycopg.Error) -> bool:
    if error.sqlstate in _CATALOG_RACE:
        text = str(error)
        return "tuple concurrently updated" in text or "pg_catalog" in text or '"pg_' in text
    return error.sqlstate in _PASSING


def _refusal(session: Session, step: Step, error: psycopg.Error) -> RolloutError:
    if error.sqlstate != _LOCK_NOT_AVAILABLE:
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
        rows = session.execute(catalog_query("blockers.sql"), {"relations": relations})
    except psycopg.Error:
        return ""
    names = [
        f"pid {row['pid']} ({row['login'] or 'unknown'}, {row['application_name'] or 'no name'},"
        f" {row['state'] or 'state hidden'}, {row['seconds']} s)"
        for row in rows
    ]
    return f" by {'; '.join(names)}" if names else ""


def wait_until(done: Callable[[], bool], session: Session, seconds: float, every: float = 0.2) -> bool:
    """Poll until `done`, the time is over, or the session is cancelled; return whether it was done."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() >= deadline or session.cancelled.wait(every):
            return False
    return True
