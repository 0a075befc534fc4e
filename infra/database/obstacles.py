"""Transactions that a step of this run has given up on: no other step queues behind one that is still there."""

import datetime as dt
from typing import Final

from infra.database.session import Row, Session
from infra.database.watching import describe
from infra.ddl.statement import Lock
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError

#: Whoever is there for so long was in the way of the whole ladder, and is no request of the application's.
LONG_SECONDS: Final = 1

Locks = tuple[tuple[Lock, str], ...]


class Obstacles:
    """Remembers whom a step has waited for in vain; a table's next step would only make the application wait again."""

    def __init__(self) -> None:
        self._known: set[tuple[int, dt.datetime]] = set()

    def remember(self, session: Session, locks: Locks) -> None:
        """Remember the long transactions that keep these locks from us."""
        long = (row for row in _in_the_way(session, locks) if (row["seconds"] or 0) >= LONG_SECONDS)
        self._known |= {(row["pid"], row["xact_start"]) for row in long}

    def standing(self, session: Session, locks: Locks) -> list[str]:
        """Return, in words, the remembered transactions that keep these locks from us still."""
        if not self._known or not locks:
            return []
        rows = _in_the_way(session, locks)
        known = (describe(row) for row in rows if (row["pid"], row["xact_start"]) in self._known)
        return list(dict.fromkeys(known))


def _in_the_way(session: Session, locks: Locks) -> list[Row]:
    relations = sorted({relation for _, relation in locks})
    try:
        rows = session.query(catalog_query("obstacles.sql"), {"relations": relations})
    except RolloutError:
        return []  # the step itself is going to say what is wrong
    return [row for row in rows if any(_waits(wanted, row) for wanted in locks)]


def _waits(wanted: tuple[Lock, str], row: Row) -> bool:
    lock, relation = wanted
    return bool(relation == row["relation"] and lock.waits_for(Lock(row["mode"])))
