"""Figures of an environment day by day, and how its creators are spread: a few queries, each bounded in time."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from infra.database.cohort import count_beta_sign_ups, read_members
from infra.database.metrics_rollup import metrics_query
from infra.database.rollout import State
from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.gates.reading import read_only
from infra.models.cohort import MemberKind
from infra.models.criterion import Baseline, Criterion, Measure, SqlSource
from infra.pipeline.names import STAGES
from infra.report.page.model import Band, CohortView, Point, Series, StageCount

#: As far back as a sparkline reaches.
DAYS: Final = 14
_BANDS: Final = 10
_WIDTH: Final = 10
#: Which metric tells of a measure, in which column, and how many times what a person reads it is.
_METRICS: Final = {
    Measure.COMPLETION: ("stage_completion", "average", 100.0),
    Measure.ALIGNMENT: ("cultural_alignment_score", "average", 1.0),
    Measure.STAGE_TIME: ("stage_processing_time", "p95", 1.0),
}
_TITLES: Final = {
    Measure.COMPLETION: ("completion, average of each day", "%"),
    Measure.ALIGNMENT: ("cultural alignment, average of each day", "points"),
    Measure.STAGE_TIME: ("stage time, p95 of each day", "ms"),
    Measure.ERRORS: ("sessions with errors of each day", "%"),
    Measure.BETA_CREATORS: ("beta creators in, at the end of each day", "creators"),
}
Points = dict[Measure, tuple[Point, ...]]


def read_series(session: Session, now: datetime) -> Points:
    """Return every measure's figures of the last days, the oldest first.

    Raises:
        RolloutError: DB003 or DB004 where the database refuses it or takes too long.
    """
    window = {"finish": now, "days": DAYS}
    with read_only(session):
        metrics = session.query(metrics_query(session, "page_metrics"), window)
        errors = session.query(catalog_query("page_errors.sql"), window)
        sign_ups = session.query(catalog_query("page_sign_ups.sql"), window)
    found = {
        measure: tuple(
            Point(age=row["age"], value=row[column] * times, samples=row["samples"])
            for row in metrics
            if row["name"] == name
        )
        for measure, (name, column, times) in _METRICS.items()
    }
    return found | {Measure.ERRORS: _points(errors), Measure.BETA_CREATORS: _points(sign_ups)}


def series_of(criterion: Criterion, points: Points) -> Series | None:
    """Return the sparkline of a criterion; None for one that no table tells of day by day.

    Its threshold is drawn only where it is one of the same figure: not of a slope, nor of a comparison.
    """
    source = criterion.source
    if not isinstance(source, SqlSource) or source.measure not in _TITLES:
        return None
    title, unit = _TITLES[source.measure]
    same = criterion.baseline is Baseline.NONE
    return Series(
        title=title,
        unit=unit,
        points=points.get(source.measure, ()),
        threshold=criterion.success.threshold if same else None,
        allowed=str(criterion.success),
        days=DAYS,
    )


def read_cohort(session: Session, state: State) -> CohortView:
    """Return who is let in, who is in, and where in the pipeline they stand.

    Raises:
        RolloutError: DB003 or DB004 where the database refuses it or takes too long.
    """
    members = read_members(session)
    with read_only(session):
        stages = {row["stage"]: row["creators"] for row in session.query(catalog_query("page_stages.sql"))}
        bands = {row["band"]: row["creators"] for row in session.query(catalog_query("page_alignment.sql"))}
    return CohortView(
        audience=state.audience,
        team=sum(row.kind == MemberKind.TEAM for row in members),
        beta=sum(row.kind == MemberKind.BETA for row in members),
        beta_in=count_beta_sign_ups(session),
        cap=state.beta_cap,
        creators=sum(stages.values()),
        stages=tuple(_funnel(stages)),
        alignment=tuple(_bands(bands)),
        unusable=bands.get(None, 0),
    )


def _points(rows: Iterable[dict[str, Any]]) -> tuple[Point, ...]:
    return tuple(Point(age=row["age"], value=row["value"], samples=row["samples"]) for row in rows)


def _funnel(counts: dict[str | None, int]) -> Iterable[StageCount]:
    """Yield each stage with those who stand there and those who came at least so far."""
    here = [counts.get(stage, 0) for stage in STAGES]
    for place, stage in enumerate(STAGES):
        yield StageCount(stage=stage, here=here[place], reached=sum(here[place:]))


def _bands(counts: dict[int | None, int]) -> Iterable[Band]:
    for number in range(_BANDS):
        low = number * _WIDTH
        high = low + _WIDTH - 1 if number < _BANDS - 1 else low + _WIDTH
        yield Band(low=low, high=high, creators=counts.get(number, 0))
