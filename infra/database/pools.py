"""What the server has for the pools: its limit, what it reserves, and who is connected now."""

from collections.abc import Iterable
from dataclasses import dataclass

from infra.database.session import Session
from infra.ddl.templates import catalog_query


@dataclass(frozen=True)
class Room:
    """The server's connections: how many in all, and how many it keeps for its superusers and by its own setting."""

    room: int
    reserved: int
    pending: bool
    """Whether another limit waits for the server's next start."""


def read_room(session: Session) -> Room:
    """Return how many connections the server has."""
    return Room(**session.query(catalog_query("connections_limits.sql"))[0])


def read_in_use(session: Session, databases: Iterable[str]) -> dict[str, int]:
    """Return how many connections each role has open to these databases, past the pooler ones included."""
    rows = session.query(catalog_query("connections_in_use.sql"), {"databases": list(databases)})
    return {row["role"]: row["used"] for row in rows}
