"""Figures from the pipeline's tables, the ledger included, read as the deployer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from infra.database.ledger import read_ledger
from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.gates.figures import Figures
from infra.gates.reading import LIMITS, read_only
from infra.models.criterion import Baseline, Criterion, LedgerSource, SqlSource
from infra.models.moments import write_span
from infra.pipeline.names import STAGES

_SUFFIXES: Final = {Baseline.NONE: "", Baseline.TREND: "_trend", Baseline.EARLIER_PHASE: "_against"}
#: As far back as the ledger is searched.
_NEWEST: Final = 100


def query_name(source: SqlSource, baseline: Baseline) -> str:
    """Return the file of `sql/catalog` that measures this."""
    return f"gate_{source.measure}{_SUFFIXES[baseline]}.sql"


def query_figures(
    session: Session, criterion: Criterion, source: SqlSource, now: datetime, limits: Mapping[str, str] = LIMITS
) -> Figures:
    """Return the figures of a query, one for each part of the window that ends now."""
    parameters = {
        "start": now - criterion.window,
        "finish": now,
        "parts": criterion.consecutive,
        "phase": criterion.gate - 1,
        "stages": list(STAGES),
    }
    with read_only(session, limits=limits):
        rows = session.query(catalog_query(query_name(source, criterion.baseline)), parameters)
    return Figures(
        values=tuple(row["value"] for row in rows),
        samples=sum(int(row["samples"]) for row in rows),
        unusable=sum(int(row["unusable"]) for row in rows),
        detail="; ".join(row["detail"] for row in rows if row["detail"]),
    )


def ledger_figures(session: Session, criterion: Criterion, source: LedgerSource, now: datetime) -> Figures:
    """Return how many of the ledger's events within the window are proven."""
    entries = read_ledger(session, event=source.event, limit=_NEWEST)
    found = [(entry.recorded_at, entry.details.get(source.proven_by) is True) for entry in entries if entry.recorded_at]
    recent = [proven for at, proven in found if now - criterion.window <= at]
    proven = [at for at, is_proven in found if is_proven]
    newest = f"{source.proven_by} last at {proven[-1]:%Y-%m-%d %H:%M} UTC" if proven else f"none is {source.proven_by}"
    detail = f"in {write_span(criterion.window)}" + (f", {newest}" if found else "")
    return Figures((float(sum(recent)),), len(recent), detail=detail)
