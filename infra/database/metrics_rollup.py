"""Computing the rollup of the metrics in steps, and how late it is."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from infra.database.session import Session
from infra.ddl.templates import catalog_query

#: Hours of one step, which is one transaction.
STEP: Final = 24
#: The watermark is at an hour, and an hour is computed no sooner than the lag after its end.
DUE: Final = timedelta(hours=1, minutes=10)
#: How long a transaction that is under way is waited for, in seconds.
PATIENCE: Final = 5.0
_PAUSE: Final = 0.2


@dataclass(frozen=True)
class Standing:
    """Up to where whole hours are read from the rollup, how many seconds ago that is, and how many have changed."""

    watermark: datetime
    behind: float
    stale: int


def has_rollup(session: Session) -> bool:
    """Whether the rollup is there, for this login."""
    row = session.one(catalog_query("rollup_readable.sql"))
    return bool(row and row["readable"])


def metrics_query(session: Session, name: str) -> str:
    """Return the query of this name: by the rollup where there is one, else by the rows."""
    return catalog_query(f"{name}{'_rollup' if has_rollup(session) else ''}.sql")


def refresh(session: Session, hours: int = STEP) -> int:
    """Compute up to so many hours; return how many were.

    Raises:
        RolloutError: DB003 where the rollup, or one of its triggers, is not there.
    """
    row = session.one(catalog_query("rollup_refresh.sql"), {"hours": hours})
    assert row
    return int(row["computed"])


def refresh_all(session: Session, patience: float = PATIENCE) -> Iterator[int]:
    """Compute everything that is due, step by step, and yield after each how many hours it was.

    Where somebody always writes it takes a second look: what was under way at the first is over then.
    """
    end = time.monotonic() + patience
    while True:
        if computed := refresh(session):
            yield computed
        elif time.monotonic() >= end or not _is_due(session):
            return
        else:
            time.sleep(_PAUSE)


def _is_due(session: Session) -> bool:
    standing = read_standing(session)
    return standing is None or standing.behind > DUE.total_seconds() or standing.stale > 0


def read_standing(session: Session) -> Standing | None:
    """Return up to where the rollup holds; None where nobody has refreshed it yet."""
    row = session.one(catalog_query("rollup_standing.sql"))
    return Standing(**row) if row and row["watermark"] is not None else None
