"""Figures from the pipeline's tables, the ledger included, read as the deployer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from infra.database.ledger import read_ledger
from infra.database.metrics_rollup import has_rollup
from infra.database.session import Row, Session
from infra.ddl.templates import catalog_query
from infra.gates.figures import Figures
from infra.gates.reading import LIMITS, read_only
from infra.models.criterion import Baseline, Criterion, LedgerSource, Measure, SqlSource
from infra.models.moments import write_span
from infra.pipeline.names import STAGES

_SUFFIXES: Final = {Baseline.NONE: "", Baseline.TREND: "_trend", Baseline.EARLIER_PHASE: "_against"}
#: What the rollup of the metrics tells too.
ROLLED_UP: Final = frozenset({Measure.COMPLETION, Measure.ALIGNMENT, Measure.STAGE_TIME})
#: As far back as the ledger is searched.
_NEWEST: Final = 100


def query_name(source: SqlSource, baseline: Baseline, *, rolled_up: bool = False) -> str:
    """Return the file of `sql/catalog` that measures this, by the rows alone or by the rollup of whole hours."""
    return f"gate_{source.measure}{_SUFFIXES[baseline]}{'_rollup' if rolled_up else ''}.sql"


def query_figures(
    session: Session, criterion: Criterion, source: SqlSource, now: datetime, limits: Mapping[str, str] = LIMITS
) -> Figures:
    """Return the figures of a query, one for each part of the window that ends now.

    Metrics are read by their rollup where there is one. A threshold that lies within its error is decided by the rows.
    """
    parameters = {
        "start": now - criterion.window,
        "finish": now,
        "parts": criterion.consecutive,
        "phase": criterion.gate - 1,
        "stages": list(STAGES),
    }
    with read_only(session, limits=limits):
        rolled_up = source.measure in ROLLED_UP and has_rollup(session)
        rows = session.query(catalog_query(query_name(source, criterion.baseline, rolled_up=rolled_up)), parameters)
        if rolled_up and any(_is_close(criterion, row) for row in rows):
            rows = session.query(catalog_query(query_name(source, criterion.baseline)), parameters)
    return Figures(
        values=tuple(row["value"] for row in rows),
        samples=sum(int(row["samples"]) for row in rows),
        unusable=sum(int(row["unusable"]) for row in rows),
        detail="; ".join(row["detail"] for row in rows if row["detail"]),
    )


def _is_close(criterion: Criterion, row: Row) -> bool:
    """Whether a condition holds for some of what the figure may truly be, and not for the rest."""
    if row.get("value") is None or "low" not in row:
        return False
    low, high = row["low"], row["high"]
    if low is None or high is None:
        return True
    conditions = [item for item in (criterion.success, criterion.failure) if item is not None]
    return any(condition.holds(low) != condition.holds(high) for condition in conditions)


def ledger_figures(session: Session, criterion: Criterion, source: LedgerSource, now: datetime) -> Figures:
    """Return how many of the ledger's events within the window are proven."""
    entries = read_ledger(session, event=source.event, limit=_NEWEST)
    found = [(entry.recorded_at, entry.details.get(source.proven_by) is True) for entry in entries if entry.recorded_at]
    recent = [proven for at, proven in found if now - criterion.window <= at]
    proven = [at for at, is_proven in found if is_proven]
    newest = f"{source.proven_by} last at {proven[-1]:%Y-%m-%d %H:%M} UTC" if proven else f"none is {source.proven_by}"
    detail = f"in {write_span(criterion.window)}" + (f", {newest}" if found else "")
    return Figures((float(sum(recent)),), len(recent), detail=detail)
