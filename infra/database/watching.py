"""Looking, through another session, at what keeps a statement waiting: who is in the way, and how far a build is."""

import time
from collections.abc import Callable
from typing import Final

from infra.database.session import Row, Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError

Tell = Callable[[str], None]

#: Whoever waits hears every so many seconds why.
TELL_SECONDS: Final = 5.0
#: How often it is looked at while a lock is waited for a moment, and while a build takes its time.
LOOK_SECONDS: Final = 0.1
PATIENT_LOOK_SECONDS: Final = 1.0


class Watch:
    """Called while a statement of another session runs: keeps what was seen last, and tells it now and then."""

    def __init__(self, observer: Session | None, pid: int, subject: str, tell: Tell, *, every: float) -> None:
        self.seen: list[str] = []
        """Who was in the way when it was last looked at."""
        self._observer = observer
        self._pid = pid
        self._subject = subject
        self._tell = tell
        self._every = every
        self._start = time.monotonic()
        self._look_at = self._start
        self._tell_at = self._start + TELL_SECONDS

    def __call__(self) -> None:
        """Look, if it is time to."""
        now = time.monotonic()
        if self._observer is None or now < self._look_at:
            return
        self._look_at = now + self._every
        rows = self._look(self._observer)
        self.seen = [describe(row) for row in rows if row["pid"] is not None]
        if now >= self._tell_at and rows:
            self._tell_at = now + TELL_SECONDS
            self._report(rows, now - self._start)

    def _look(self, observer: Session) -> list[Row]:
        try:
            with observer.answering_within(0):
                return observer.query(catalog_query("waiting.sql"), {"pid": self._pid})
        except RolloutError:
            self._observer = None  # it is gone; whoever waits goes on without news
            return []

    def _report(self, rows: list[Row], seconds: float) -> None:
        phase, blockers = rows[0]["phase"], [describe(row) for row in rows if row["pid"] is not None]
        if phase is None and not blockers:
            return
        share = f", {rows[0]['percent']} %" if rows[0]["percent"] is not None else ""
        way = f"; in the way: {'; '.join(blockers)}" if blockers else ""
        self._tell(f"{self._subject}: {phase or 'waiting for a lock'}{share}, for {seconds:.0f} s now{way}")


def holders_of(session: Session, relations: list[str]) -> list[str]:
    """Return who holds a lock on one of the relations now."""
    try:
        return [describe(row) for row in session.query(catalog_query("blockers.sql"), {"relations": relations})]
    except RolloutError:
        return []


def describe(row: Row) -> str:
    """Return a session that is in the way, with what tells it from others; an autovacuum says so of itself."""
    since = f"{row['seconds']} s" if row["seconds"] is not None else "since unknown"
    if row["autovacuum"] is not None:
        return f"pid {row['pid']} ({_autovacuum(row['autovacuum'])}, {since})"
    return (
        f"pid {row['pid']} ({row['login'] or 'unknown'}, {row['application_name'] or 'no name'},"
        f" {row['state'] or 'state hidden'}, {since})"
    )


def _autovacuum(query: str) -> str:
    return query if query.startswith("autovacuum") else "autovacuum"
