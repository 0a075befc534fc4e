"""Who waits for which lock, as the server itself has it: what the application waits, however busy the machine is."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, LiteralString

import psycopg

from bench.load import APPLICATION
from infra.database.target import Target

#: A wait is seen to within this time; a shorter one may not be seen at all.
EVERY_SECONDS: Final = 0.005
_WAITING: Final[LiteralString] = """
    SELECT l.pid, coalesce(l.relation::regclass::text, l.locktype), extract(epoch FROM l.waitstart)::float8,
           extract(epoch FROM clock_timestamp())::float8
      FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
     WHERE NOT l.granted AND l.waitstart IS NOT NULL AND l.locktype = 'relation' AND a.application_name ^@ %s
"""


class Waits:
    """The application's waits for locks on relations: by relation, when each began and was last seen."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, str, float], float] = {}

    def note(self, rows: list[tuple[int, str, float, float]]) -> None:
        """Remember what waits now."""
        for pid, relation, since, now in rows:
            self._seen[pid, relation, since] = now

    @property
    def longest(self) -> float:
        """The longest single wait, in seconds."""
        return max((until - since for (_, _, since), until in self._seen.items()), default=0.0)

    def totals(self) -> dict[str, float]:
        """Return, by relation, the seconds in which anybody waited for it."""
        by_relation = defaultdict(list)
        for (_, relation, since), until in self._seen.items():
            by_relation[relation].append((since, until))
        return {relation: _length(waits) for relation, waits in by_relation.items()}


def _length(stretches: list[tuple[float, float]]) -> float:
    """Return the length of what these stretches of time cover together."""
    covered, reached = 0.0, 0.0
    for begun, ended in sorted(stretches):
        covered += max(0.0, ended - max(begun, reached))
        reached = max(reached, ended)
    return covered


@contextmanager
def watching(admin: Target) -> Iterator[Waits]:
    """Watch the application's waits while what is inside goes on."""
    waits, over = Waits(), threading.Event()
    with psycopg.connect(admin.dsn(), autocommit=True, application_name="watcher") as connection:
        thread = threading.Thread(target=_watch, args=(connection, waits, over), daemon=True)
        thread.start()
        try:
            yield waits
        finally:
            over.set()
            thread.join()


def _watch(connection: psycopg.Connection[Any], waits: Waits, over: threading.Event) -> None:
    while not over.is_set():
        begun = time.perf_counter()
        waits.note(connection.execute(_WAITING, [APPLICATION]).fetchall())
        over.wait(max(0.0, EVERY_SECONDS - (time.perf_counter() - begun)))
