"""What pg_stat_statements has counted of the statements on some relations."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from infra.database.session import Session
from infra.ddl.templates import catalog_query


@dataclass(frozen=True)
class StatementCount:
    """One normalised statement; times are in milliseconds of the server, `rows` for each call.

    `p95` is the mean and 1.645 standard deviations: what a normal spread would have as its 95th percentile.
    """

    query: str
    calls: int
    mean: float
    longest: float
    total: float
    p95: float
    rows: float
    blocks: int


def slowest_statements(
    session: Session, relations: Iterable[str], *, calls: int = 1, limit: int = 1
) -> list[StatementCount] | None:
    """Return the slowest statements that name one of these tables or views; None where nobody counts.

    Args:
        session: as whom the view is read: what others ran is seen by members of pg_read_all_stats alone.
        relations: bare names, such as ``creator_profiles``.
        calls: a statement that ran less often is not looked at.
        limit: how many are returned.
    """
    place = session.one(catalog_query("statements_place.sql"))
    if place is None:
        return None
    parameters = {"relations": rf"\m({'|'.join(map(re.escape, relations))})\M", "calls": calls, "limit": limit}
    with session.transaction():
        session.configure({"search_path": str(place["name"])}, local=True)
        return [StatementCount(**row) for row in session.query(catalog_query("statements_slowest.sql"), parameters)]
