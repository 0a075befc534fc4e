"""Where a database stands in the rollout, and the kill switch."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from infra.database.session import Session
from infra.ddl.templates import catalog_query

STATE: Final = ("pipeline_private.rollout_state", "pipeline_private.feature_flags")


@dataclass(frozen=True)
class StoredFlag:
    """A flag as the database has it."""

    enabled: bool
    requires: str | None
    cohort_only: bool
    obeys_latch: bool


@dataclass(frozen=True)
class State:
    """The rollout as the database has it; times are in UTC."""

    phase: int
    audience: str
    beta_cap: int | None
    latched: bool
    latched_at: datetime | None
    latched_by: str | None
    latched_reason: str | None
    changed_at: datetime
    changed_by: str
    stored: dict[str, StoredFlag]

    @property
    def flags(self) -> dict[str, bool]:
        """Each flag, on or off for those whom it is for."""
        return {name: flag.enabled for name, flag in self.stored.items()}


def missing_relations(session: Session, *names: str) -> list[str]:
    """Return which of these relations, as ``schema.name``, are not there."""
    rows = session.query(catalog_query("relations_missing.sql"), {"names": list(names)})
    return [row["name"] for row in rows]


def read_state(session: Session) -> State | None:
    """Return where the database stands, or None where nothing is rolled out."""
    if missing_relations(session, *STATE):
        return None
    row = session.one(catalog_query("rollout_state.sql"))
    return None if row is None else _state(row)


def _state(row: dict[str, Any]) -> State:
    names = tuple(StoredFlag.__dataclass_fields__)
    stored = {
        name: StoredFlag(**{field: values[field] for field in names}) for name, values in sorted(row["flags"].items())
    }
    return State(**{key: value for key, value in row.items() if key != "flags"}, stored=stored)


def engage_latch(session: Session, actor: str, reason: str) -> bool:
    """Set the kill switch and turn every flag that obeys it off, in one statement; False when it was set already.

    Raises:
        psycopg.Error: as the server reports it; `object_not_in_prerequisite_state` where nothing is rolled out.
    """
    rows = session.execute(catalog_query("kill_switch.sql"), {"actor": actor, "reason": reason})
    return bool(rows[0]["done"])


def lift_latch(session: Session, actor: str, reason: str) -> bool:
    """Lift the kill switch; the flags stay off until the next `up`. False when it was not set.

    Raises:
        psycopg.Error: as the server reports it.
    """
    rows = session.execute(catalog_query("lift_kill_switch.sql"), {"actor": actor, "reason": reason})
    return bool(rows[0]["done"])
