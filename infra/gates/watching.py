"""Measures what calls for a rollback, on the live database, and says of each number how bad it is."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from infra.database.session import Session
from infra.ddl.templates import catalog_query, render
from infra.errors import RolloutError
from infra.pipeline.names import ANON, ARCHIVE, PRIVATE, PUBLIC
from infra.pipeline.tables import ROLLOUT_TABLES, TABLES
from infra.pipeline.triggers_for_rollback import (
    LEAST_BASELINE_MILLISECONDS,
    PROBES,
    Trigger,
    TriggerName,
    trigger,
)
from infra.pipeline.views import VIEWS

_OURS: Final = (*TABLES, *ROLLOUT_TABLES)
#: Watching must not become the load that it looks for.
LIMITS: Final = {"statement_timeout": "5s", "lock_timeout": "2s"}
_LOST: Final = "DB001"
_PERCENTILE: Final = 0.95
_NAMES_SHOWN: Final = 3


class Level(StrEnum):
    """How bad a number is. `raised` is more than it should be, and less than what calls for a rollback."""

    NO_DATA = "no data"
    CALM = "calm"
    RAISED = "raised"
    FIRING = "firing"


@dataclass(frozen=True)
class Reading:
    """One number as it was measured; without a value `evidence` says why there is none."""

    name: TriggerName
    value: float | None
    samples: int = 0
    evidence: str = ""
    #: The measurement itself broke down in the way that it looks for.
    broke: bool = False

    @property
    def trigger(self) -> Trigger:
        """What was measured."""
        return trigger(self.name)

    @property
    def level(self) -> Level:
        """How bad it is. Too few samples, or no number at all, are no data, and that is never a reason to act."""
        if self.broke:
            return Level.FIRING
        if self.value is None or not math.isfinite(self.value) or self.samples < self.trigger.min_samples:
            return Level.NO_DATA
        if self.value > self.trigger.limit:
            return Level.FIRING
        return Level.RAISED if self.value > self.trigger.recovered else Level.CALM

    def describe(self) -> str:
        """Return the reading as one line."""
        if self.level is Level.NO_DATA or self.value is None:
            return f"{self.name}: {self.level}: {self.evidence}"
        limit = f"rollback above {self.trigger.limit:g}, recovered up to {self.trigger.recovered:g}"
        return f"{self.name}: {self.level}: {self.value:.4g} {self.trigger.unit} ({self.evidence}; {limit})"

    def to_json(self) -> dict[str, Any]:
        """Return the reading as a document."""
        return {
            "trigger": self.name.value,
            "level": self.level.value,
            "value": self.value,
            "unit": self.trigger.unit,
            "limit": self.trigger.limit,
            "recovered": self.trigger.recovered,
            "samples": self.samples,
            "evidence": self.evidence,
        }


def measure(session: Session, baseline: float | None = None) -> tuple[Reading, ...]:
    """Return every number as it is now.

    Args:
        session: a connection of the deployer's.
        baseline: what the 95th percentile of the probe was while all was well, in milliseconds.
    """
    session.configure(LIMITS)
    p95 = _attempt(session, TriggerName.DATABASE_P95, _probe)
    return (
        _attempt(session, TriggerName.ERROR_RATE, _error_rate),
        p95,
        _slowdown(p95, baseline),
        *measure_catalog(session),
        _attempt(session, TriggerName.ORPHANS, _orphans),
    )


def measure_catalog(session: Session) -> tuple[Reading, ...]:
    """Return the numbers that any login may read, and that cost next to nothing."""
    return (
        _attempt(session, TriggerName.CONNECTIONS, _connections),
        *_tables(session),
        _attempt(session, TriggerName.OPEN_GRANTS, _open_grants),
        _attempt(session, TriggerName.CONSTRAINTS, _constraints),
    )


def unreachable(error: RolloutError) -> tuple[Reading, ...]:
    """Return what is known of a database that cannot be asked: that it is as degraded as can be."""
    return (Reading(TriggerName.DATABASE_P95, None, evidence=str(error), broke=True),)


def percentile(values: list[float]) -> float:
    """Return the 95th percentile, as the smallest value that 95 of a hundred do not exceed."""
    return sorted(values)[math.ceil(len(values) * _PERCENTILE) - 1]


def _attempt(session: Session, name: TriggerName, take: Callable[[Session], Reading]) -> Reading:
    """Return the reading; what the database refuses is no data, a lost connection is for the caller."""
    try:
        return take(session)
    except RolloutError as error:
        if error.code == _LOST:
            raise
        return Reading(name, None, evidence=error.problem)


def _error_rate(session: Session) -> Reading:
    rule = trigger(TriggerName.ERROR_RATE)
    row = session.one(catalog_query("watch_errors.sql"), {"seconds": rule.window_seconds})
    assert row
    sessions, failed = row["sessions"], row["failed"]
    rate = 100 * failed / sessions if sessions else None
    few = f" where {rule.min_samples} are needed" if sessions < rule.min_samples else ""
    return Reading(rule.name, rate, sessions, f"{failed} of {sessions} sessions have errors{few}")


def _probe(session: Session) -> Reading:
    times: list[float] = []
    rule = trigger(TriggerName.DATABASE_P95)
    for _ in range(PROBES):
        begun = time.perf_counter()
        try:
            session.query(catalog_query("watch_probe.sql"))
        except RolloutError as error:
            taken = _milliseconds(begun)
            if error.code == _LOST or taken <= rule.limit:
                raise
            return Reading(rule.name, taken, rule.min_samples, f"given up after {taken:.0f} ms: {error.problem}")
        times.append(_milliseconds(begun))
    return Reading(rule.name, percentile(times), len(times), f"{len(times)} queries")


def _slowdown(p95: Reading, baseline: float | None) -> Reading:
    if p95.value is None or baseline is None:
        return Reading(TriggerName.DATABASE_SLOWDOWN, None, evidence="there is no baseline yet")
    floor = max(baseline, LEAST_BASELINE_MILLISECONDS)
    evidence = f"{p95.value:.3g} ms where the baseline is {baseline:.3g} ms"
    return Reading(TriggerName.DATABASE_SLOWDOWN, p95.value / floor, p95.samples, evidence)


def _connections(session: Session) -> Reading:
    row = session.one(catalog_query("watch_connections.sql"))
    assert row
    share = 100 * row["used"] / row["places"]
    return Reading(TriggerName.CONNECTIONS, share, 1, f"{row['used']} of {row['places']}")


def _tables(session: Session) -> tuple[Reading, Reading]:
    names = [table.identity for table in _OURS]

    def take(name: TriggerName, column: str) -> Reading:
        rows = session.query(catalog_query("watch_tables.sql"), {"tables": names})
        return _counted(name, [row["name"] for row in rows if row[column]])

    return (
        _attempt(session, TriggerName.TABLES, lambda _: take(TriggerName.TABLES, "gone")),
        _attempt(session, TriggerName.ROW_SECURITY, lambda _: take(TriggerName.ROW_SECURITY, "unprotected")),
    )


def _open_grants(session: Session) -> Reading:
    relations = [*(table.identity for table in TABLES), *(view.identity for view in VIEWS)]
    parameters = {"relations": relations, "schemas": [PRIVATE, ARCHIVE], "strangers": [ANON]}
    rows = session.query(catalog_query("watch_grants.sql"), parameters)
    return _counted(TriggerName.OPEN_GRANTS, [row["relation"] for row in rows])


def _constraints(session: Session) -> Reading:
    checks = [f"{table.identity}.{check.name}" for table in _OURS for check in table.checks]
    ours = [*checks, *(f"{table.identity}.{key.name}" for table in _OURS for key in table.foreign_keys)]
    rows = session.query(catalog_query("watch_constraints.sql"), {"constraints": ours})
    return _counted(TriggerName.CONSTRAINTS, [row["name"] for row in rows])


def _orphans(session: Session) -> Reading:
    """Look for rows without their profile. The users themselves are the platform's, and may not be ours to read."""
    own = [(table, key) for table in TABLES for key in table.foreign_keys if key.references.startswith(f"{PUBLIC}.")]
    rows = session.query(render("watch_orphans.sql.j2", keys=own))
    return _counted(TriggerName.ORPHANS, [row["key"] for row in rows])


def _counted(name: TriggerName, found: list[str]) -> Reading:
    shown = ", ".join(found[:_NAMES_SHOWN]) + (f" and {len(found) - _NAMES_SHOWN} more" * (len(found) > _NAMES_SHOWN))
    return Reading(name, float(len(found)), 1, shown or "none found")


def _milliseconds(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000
