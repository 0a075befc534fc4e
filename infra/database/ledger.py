"""The ledger of the rollout: what happened, who did it and on what evidence. It is only ever added to."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from psycopg.types.json import Jsonb

from infra.database.rollout import missing_relations
from infra.database.session import Session
from infra.ddl.templates import catalog_query

TABLE: Final = "pipeline_private.rollout_ledger"
_WRITTEN: Final = ("event", "subject", "actor", "commit_id", "from_value", "to_value", "reason")


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `recorded_at` (UTC) and `login` are the database's own, known once it was recorded."""

    event: str
    actor: str
    commit_id: str = ""
    from_value: str = ""
    to_value: str = ""
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    subject: str = ""
    recorded_at: datetime | None = None
    login: str = ""


def is_kept(session: Session) -> bool:
    """Whether the database has a ledger."""
    return not missing_relations(session, TABLE)


def append(session: Session, entry: Entry) -> None:
    """Record what happened.

    Raises:
        psycopg.Error: as the server reports it.
    """
    values = {name: getattr(entry, name) for name in _WRITTEN}
    session.execute(catalog_query("ledger_append.sql"), values | {"details": Jsonb(entry.details)})


def read_ledger(session: Session, *, event: str | None = None, limit: int | None = None) -> list[Entry]:
    """Return the newest entries, of one event or of all, the newest last; none where there is no ledger."""
    if not is_kept(session):
        return []
    rows = session.query(catalog_query("ledger_read.sql"), {"event": event, "limit": limit})
    return [Entry(**row) for row in rows]


def is_gate_open(session: Session, phase: int) -> bool:
    """Whether a gate that leads to this phase was passed, or overridden, since the phase last changed."""
    row = session.one(catalog_query("gate_allowed.sql"), {"phase": phase})
    return bool(row and row["allowed"])
