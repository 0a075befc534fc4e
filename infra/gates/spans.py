"""What creators did in a span of time, and whether every row from before a moment is still there."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from infra.database.metrics_rollup import metrics_query
from infra.database.rollout import missing_relations
from infra.database.session import Session
from infra.ddl.templates import catalog_query, render
from infra.gates.reading import read_only
from infra.models.table import Table
from infra.pipeline.metrics import VALIDATION_PASSES
from infra.pipeline.names import ARCHIVE
from infra.pipeline.tables import TABLES

_DATED: Final = ("created_at", "recorded_at")


@dataclass(frozen=True)
class Span:
    """Figures of a span of time; shares are in per cent, the stage's time in milliseconds."""

    sessions: int
    failed: int
    feedback: int
    creators: int
    failed_creators: int
    completion: float | None
    completions: int
    alignment: float | None
    alignments: int
    stage_p95: float | None
    stage_times: int
    stages: list[dict[str, Any]] = field(default_factory=list)
    """Each stage with its sessions and those that failed, the worst first."""

    @property
    def error_share(self) -> float | None:
        """The sessions with errors in per cent; None where there was no session."""
        return 100 * self.failed / self.sessions if self.sessions else None


@dataclass(frozen=True)
class Economics:
    """The projections of a span of time: how many, their average in dollars a month, and the share that passes."""

    validated: int
    revenue: float | None
    passed: float | None


@dataclass(frozen=True)
class Kept:
    """A table's rows now and those of them from before a moment; `place` is empty where the table is gone.

    `deleted` is what the server counts since its statistics began, whoever deleted.
    """

    table: str
    place: str
    rows: int = 0
    earlier: int = 0
    deleted: int = 0


def read_span(session: Session, since: datetime, until: datetime) -> Span:
    """Return the figures of a span of time.

    Raises:
        RolloutError: DB003 where the tables are not there, DB004 or DB001 as any reading.
    """
    asked = {"since": since, "until": until}
    measured = _one(session, metrics_query(session, "span_metrics"), asked)
    return Span(**_one(session, catalog_query("span_figures.sql"), asked), **measured)


def read_economics(session: Session, since: datetime, until: datetime) -> Economics:
    """Return the projections of a span of time.

    Raises:
        RolloutError: as `read_span` does.
    """
    asked = {"since": since, "until": until, "passes": VALIDATION_PASSES}
    return Economics(**_one(session, catalog_query("span_economics.sql"), asked))


def read_kept(session: Session, moment: datetime) -> list[Kept]:
    """Return the rows of the seven tables, wherever they stand: parked ones are counted where they are parked.

    Raises:
        RolloutError: as `read_span` does.
    """
    places = _places(session)
    there = [
        {"name": table.name, "place": places[table.name], "dated": _dated(table)}
        for table in TABLES
        if table.name in places
    ]
    if not there:
        return [Kept(table.name, "") for table in TABLES]
    with read_only(session):
        rows = session.query(render("rows_kept.sql.j2", tables=there), {"moment": moment})
    found = {row["table"]: Kept(**row, place=places[row["table"]]) for row in rows}
    return [found.get(table.name, Kept(table.name, "")) for table in TABLES]


def _places(session: Session) -> dict[str, str]:
    wanted = [f"{schema}.{table.name}" for table in TABLES for schema in (ARCHIVE, table.schema_name)]
    missing = set(missing_relations(session, *wanted))
    return {place.partition(".")[2]: place for place in wanted if place not in missing}


def _dated(table: Table) -> str:
    names = {column.name for column in table.columns}
    return next(name for name in _DATED if name in names)


def _one(session: Session, query: str, asked: dict[str, Any]) -> dict[str, Any]:
    with read_only(session):
        row = session.one(query, asked)
    assert row
    return row
