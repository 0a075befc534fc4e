"""Runs a short statement that must get through: it waits for a row a little at a time, and tries again."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

import psycopg

from infra.database.failures import LOCK_NOT_AVAILABLE, statement_error
from infra.database.session import Session
from infra.errors import RolloutError

Result = TypeVar("Result")

#: Nobody queues behind us for longer than this; ten seconds of trying in all.
TRIES: Final = 40
LOCK_MILLISECONDS: Final = 200
PAUSE_SECONDS: Final = 0.05
STATEMENT_MILLISECONDS: Final = 5000

_NOT_YET: Final = "run `rollout up` first; or name the right stack with --stack: here is nothing that could be on"
_PASSING: Final = frozenset({LOCK_NOT_AVAILABLE, "40P01", "40001"})
#: The state is empty; the function, the table or the schema is not there.
_NOTHING_THERE: Final = frozenset({"55000", "42883", "42P01", "3F000"})


def insist(session: Session, what: str, action: Callable[[], Result], *, tries: int = TRIES) -> Result:
    """Return what the action returns, tried again while somebody else holds what it needs.

    Raises:
        RolloutError: DB008 where nothing is rolled out, DB004 when it stayed locked, DB003 or DB001 otherwise.
    """
    limits = {"lock_timeout": f"{LOCK_MILLISECONDS}ms", "statement_timeout": f"{STATEMENT_MILLISECONDS}ms"}
    for attempt in range(tries):
        try:
            session.configure(limits)
            return action()
        except psycopg.Error as error:
            if error.sqlstate not in _PASSING or attempt + 1 == tries:
                raise _refusal(session, what, error) from None
        time.sleep(PAUSE_SECONDS)
    raise AssertionError(tries)


def _refusal(session: Session, what: str, error: psycopg.Error) -> RolloutError:
    if error.sqlstate in _NOTHING_THERE:
        return nothing_rolled_out(session, what)
    if error.sqlstate == LOCK_NOT_AVAILABLE:
        return RolloutError(
            "DB004",
            what,
            "the rollout's state stayed locked by another transaction",
            fix="end that transaction (pg_stat_activity, pg_terminate_backend), and run the same command again",
        )
    return statement_error(what, error, session.target)


def nothing_rolled_out(session: Session, what: str) -> RolloutError:
    """Return DB008 for a database without the pipeline."""
    target = session.target
    problem = f"nothing is rolled out in database {target.name} on {target.host}:{target.port}"
    return RolloutError("DB008", what, problem, fix=_NOT_YET)
