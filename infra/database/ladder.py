"""Running a plan: each step under its own kind of wait, retried when somebody else was in the way, never forever."""

import random
import time
from collections.abc import Callable
from typing import Final

import psycopg

from infra.database.failures import LOCK_NOT_AVAILABLE, cancelled_error, statement_error
from infra.database.obstacles import Obstacles
from infra.database.remains import clear_remains
from infra.database.session import READING_LIMITS, Row, Session
from infra.database.watching import LOOK_SECONDS, PATIENT_LOOK_SECONDS, TELL_SECONDS, Tell, Watch, holders_of
from infra.ddl.statement import DONE, LIMITS, WAITING, Plan, Statement, Step, Waits
from infra.errors import RolloutError

#: Lock timeouts of an instant step's tries, in milliseconds.
RUNGS: Final = LIMITS[Waits.INSTANT].lock_timeouts
#: Pauses between the tries, in seconds, each stretched by up to a tenth at random: under 60 in all, so that whoever
#: reads for half a minute is waited for.
PAUSES: Final = (0.5, 5.0, 15.0, 30.0)

#: After each batch of a step that repeats, so long of its time the others have everything to themselves.
BREATHING: Final = 0.5
#: So many times in a row, a second apart, a step that repeats may find somebody in its way.
PATIENCE: Final = 60

_PASSING: Final = frozenset({"40P01", "40001", LOCK_NOT_AVAILABLE})
_TIMED_OUT: Final = "57014"

Log = Callable[[str], None]


def run_plan(
    session: Session,
    plan: Plan,
    log: Log,
    *,
    tell: Tell = lambda _text: None,
    observer: Session | None = None,
    obstacles: Obstacles | None = None,
) -> None:
    """Run every step of the plan, in order. `tell` is told of waits, which are looked at through the `observer`.

    A step that meets one of the `obstacles`, which an earlier one has given up on, is refused without a try.

    Raises:
        RolloutError: DB004 when an object stayed locked, naming who holds it; DB003 when the server refused;
            DB001 when the connection was lost, DB012 when the server does not answer; PRV004 when the session was
            cancelled.
    """
    known = Obstacles() if obstacles is None else obstacles
    for step in plan:
        if session.cancelled.is_set():
            raise cancelled_error()
        log(f"{step.subject}: {step.summary}")
        _StepRun(session, step, tell, observer, known).run()


class _StepRun:
    """One step on its way: its tries, who was in the way of the last, and what could not be taken away."""

    def __init__(
        self, session: Session, step: Step, tell: Tell, observer: Session | None, obstacles: Obstacles
    ) -> None:
        self._session = session
        self._step = step
        self._tell = tell
        self._observer = observer
        self._obstacles = obstacles
        self._locks = tuple(lock for statement in step.statements for lock in statement.locks)
        self._blockers: list[str] = []
        self._left = ""

    def run(self) -> None:
        """Run the statements, or the fallback where the server's answer calls for it."""
        if self._step.waits is Waits.INSTANT and (standing := self._obstacles.standing(self._session, self._locks)):
            self._blockers = standing
            raise self._given_up(self._locked())
        try:
            self._repeat() if self._step.repeats else self._climb(self._step.statements)
        except psycopg.Error as error:
            if error.sqlstate not in self._step.fallback_on or self._session.cancelled.is_set():
                raise self._refusal(error) from None
        else:
            return
        try:
            self._climb(self._step.fallback)
        except psycopg.Error as error:
            raise self._refusal(error) from None

    def _repeat(self) -> None:
        """Run the statement, each time in a transaction of its own, until it says that it is done."""
        told, waited, state = time.monotonic(), 0, ""
        while state != DONE:
            begun = time.monotonic()
            rows = self._climb(self._step.statements)
            state = str(rows[0]["state"])
            waited = waited + 1 if state == WAITING else 0
            if waited > PATIENCE:
                raise self._given_up(self._locked())
            if (now := time.monotonic()) - told >= TELL_SECONDS:
                told = now
                self._tell(f"{self._step.subject}: {state}")
            if self._session.cancelled.wait(1.0 if waited else (now - begun) * BREATHING if state != DONE else 0):
                raise cancelled_error()

    def _climb(self, statements: tuple[Statement, ...]) -> list[Row]:
        """Try again while somebody is in the way, a few times; what a try left behind goes first."""
        tries = len(LIMITS[self._step.waits].lock_timeouts)
        for attempt in range(tries):
            try:
                return self._attempt(statements, _limits(self._step.waits, attempt))
            except psycopg.Error as error:
                self._left = clear_remains(self._session, self._step.remains)
                last = attempt + 1 == tries or error.sqlstate in self._step.fallback_on or bool(self._left)
                if last or not is_passing(error) or self._pause(attempt, error):
                    raise
        return []

    def _attempt(self, statements: tuple[Statement, ...], limits: dict[str, str]) -> list[Row]:
        session, every = self._session, LOOK_SECONDS if self._step.waits is Waits.INSTANT else PATIENT_LOOK_SECONDS
        watch = Watch(self._observer, session.pid, self._step.subject, self._tell, every=every)
        try:
            with session.watched(watch):
                return _execute(session, statements, limits, transactional=self._step.transactional)
        finally:
            self._blockers = watch.seen

    def _pause(self, attempt: int, error: psycopg.Error) -> bool:
        """Wait before the next try, and say for whom; return whether the session was cancelled meanwhile."""
        # Jitter, not a secret: two deploys should not meet again at the same moment.
        seconds = PAUSES[min(attempt, len(PAUSES) - 1)] * (1 + random.random() / 10)  # noqa: S311 - as said above
        if seconds >= 1 and error.sqlstate == LOCK_NOT_AVAILABLE:
            self._tell(f"{self._step.subject}: {self._locked()}; trying again in {seconds:.0f} s")
        return self._session.cancelled.wait(seconds)

    def _locked(self) -> str:
        relations = sorted({relation for _, relation in self._locks})
        self._blockers = self._blockers or holders_of(self._session, relations)
        by = f" by {'; '.join(self._blockers)}" if self._blockers else ""
        return f"{', '.join(relations) or 'the object'} stayed locked{by}"

    def _refusal(self, error: psycopg.Error) -> RolloutError:
        session, step = self._session, self._step
        if session.cancelled.is_set():
            return cancelled_error()
        if error.sqlstate == LOCK_NOT_AVAILABLE:
            problem = self._locked()
            self._obstacles.remember(session, self._locks)
        elif error.sqlstate == _TIMED_OUT and self._blockers:
            problem = f"given up at the limit of its statement; in the way: {'; '.join(self._blockers)}"
        else:
            found = statement_error(step.subject, error, session.target)
            return type(found)(found.code, found.path, found.problem + self._left, allowed=found.allowed, fix=found.fix)
        return self._given_up(problem)

    def _given_up(self, problem: str) -> RolloutError:
        step = self._step
        return RolloutError("DB004", step.subject, f"{step.summary}: {problem}{self._left}", fix=self._way_out())

    def _way_out(self) -> str:
        again = "then run the same command again: what is done already is kept"
        if any("autovacuum" in blocker for blocker in self._blockers):
            return (
                f"wait until the autovacuum is done: one that prevents wraparound comes back when it is ended; {again}"
            )
        return f"end or wait for that transaction, {again}"


def _execute(
    session: Session, statements: tuple[Statement, ...], limits: dict[str, str], *, transactional: bool
) -> list[Row]:
    """Run the statements and return the rows of the last."""
    rows: list[Row] = []
    if transactional:
        with session.transaction():
            session.configure(limits, local=True)
            for statement in statements:
                rows = session.execute(statement.text)
        return rows
    session.configure(limits)
    try:
        for statement in statements:
            rows = session.execute(statement.text)
    finally:
        if not session.connection.closed:
            session.configure(READING_LIMITS)
    return rows


def _limits(waits: Waits, attempt: int) -> dict[str, str]:
    limits = LIMITS[waits]
    return {
        "lock_timeout": f"{limits.lock_timeouts[attempt]}ms",
        "statement_timeout": f"{limits.statement_timeout}ms",
    }


def is_passing(error: psycopg.Error) -> bool:
    """Whether the same statement may succeed a moment later: somebody held, or changed, what it needed."""
    if error.sqlstate == "XX000":
        return "tuple concurrently" in (error.diag.message_primary or "")
    if error.sqlstate == "23505":
        return error.diag.schema_name == "pg_catalog"
    return error.sqlstate in _PASSING


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
