"""What is measured of the running pipeline, as the guide lists it, and over which time."""

import datetime as dt
from typing import Any, Final

from infra.models.alarm import Board, Label, Metric, MetricName, Unit
from infra.pipeline.triggers_for_rollback import PROBES, TriggerName, trigger

_HOUR: Final = dt.timedelta(hours=1)
_DAY: Final = dt.timedelta(days=1)
_ERRORS: Final = trigger(TriggerName.ERROR_RATE)
_ERROR_WINDOW: Final = dt.timedelta(seconds=_ERRORS.window_seconds or 0)
#: A rate over fewer tells nothing.
_FEW: Final = 20
#: The score from which an economic validation counts as a success. The guide names none; this is ours.
VALIDATION_PASSES: Final = 60


def _metric(name: MetricName, title: str, unit: Unit = Unit.COUNT, board: Board | None = None, **more: Any) -> Metric:
    return Metric(name=name, title=title, unit=unit, board=board, **more)


_STATE: Final = (
    _metric(MetricName.UP, "Whether the database answers the monitor: 1 or 0"),
    _metric(MetricName.PHASE, "Phase of the rollout", board=Board.HEALTH),
    _metric(MetricName.LATCHED, "Whether the kill switch is set: 1 or 0", board=Board.HEALTH),
    _metric(MetricName.FLAG, "Whether a flag is on: 1 or 0", label=Label.FLAG, published=False),
    _metric(MetricName.COHORT_MEMBERS, "Members of the cohort", label=Label.KIND, board=Board.HEALTH),
    _metric(MetricName.BACKUP_AGE, "Time since the last backup, or since the first deploy", Unit.SECONDS, Board.HEALTH),
    _metric(
        MetricName.RESTORE_AGE,
        "Time since a backup was proven by restoring it, or since the first deploy",
        Unit.SECONDS,
        Board.HEALTH,
    ),
    _metric(MetricName.ROLLUP_BEHIND, "How far behind the rollup of the metrics is", Unit.SECONDS, published=False),
    _metric(MetricName.CRITERION, "Figure of a criterion of the phase's gate", label=Label.CRITERION, published=False),
    _metric(
        MetricName.CRITERION_PASSED,
        "Whether that criterion is passed: 1 or 0",
        label=Label.CRITERION,
        published=False,
    ),
)
_HEALTH: Final = (
    _metric(MetricName.CREATORS, "Creators in the pipeline, by stage", label=Label.STAGE, board=Board.HEALTH),
    _metric(MetricName.CONVERSION, "Creators who have completed it, of all", Unit.PERCENT, Board.HEALTH),
    _metric(
        MetricName.STAGE_STARTS,
        "Stages begun in the last hour",
        board=Board.HEALTH,
        window=_HOUR,
        label=Label.STAGE,
        published=False,
    ),
    _metric(MetricName.COMPLETION, "Stages completed", Unit.PERCENT, Board.HEALTH, window=_HOUR, min_samples=_FEW),
    _metric(
        MetricName.COMPLETION_BY_STAGE,
        "Stages completed, by stage",
        Unit.PERCENT,
        Board.HEALTH,
        window=_HOUR,
        min_samples=_FEW,
        label=Label.STAGE,
        published=False,
    ),
    _metric(MetricName.STAGE_P95, "Stage time, p95", Unit.MILLISECONDS, Board.HEALTH, window=_HOUR, min_samples=_FEW),
    _metric(
        MetricName.STAGE_P95_BY_STAGE,
        "Stage time, p95, by stage",
        Unit.MILLISECONDS,
        Board.HEALTH,
        window=_HOUR,
        min_samples=_FEW,
        label=Label.STAGE,
        published=False,
    ),
    _metric(MetricName.PIPELINE_TIME, "From sign-up to the end, average", Unit.SECONDS, Board.HEALTH, window=_DAY),
    _metric(
        MetricName.ERRORS,
        "Sessions with errors",
        Unit.PERCENT,
        Board.HEALTH,
        window=_ERROR_WINDOW,
        min_samples=_ERRORS.min_samples,
    ),
    _metric(
        MetricName.ERRORS_BY_STAGE,
        "Sessions with errors, by stage",
        Unit.PERCENT,
        Board.HEALTH,
        window=_ERROR_WINDOW,
        min_samples=_ERRORS.min_samples,
        label=Label.STAGE,
        published=False,
    ),
    _metric(MetricName.API_P95, "API, p95", Unit.MILLISECONDS, Board.HEALTH, min_samples=PROBES),
    _metric(MetricName.API_UPTIME, "Good answers of the API", Unit.PERCENT, Board.HEALTH, min_samples=PROBES),
    _metric(MetricName.DATABASE_P95, "A creator's query, p95", Unit.MILLISECONDS, Board.HEALTH, min_samples=PROBES),
    _metric(MetricName.CONNECTIONS, "Places for connections that are taken", Unit.PERCENT, Board.HEALTH),
    _metric(MetricName.UNPROTECTED, "Tables on which row security is off or not forced"),
    _metric(MetricName.OPEN_GRANTS, "Relations granted to PUBLIC or anon"),
    _metric(MetricName.UNCHECKED, "Constraints that do not hold for every row"),
    _metric(MetricName.MISSING_TABLES, "Tables that are gone"),
)
_ALIGNMENT: Final = (
    _metric(
        MetricName.ALIGNMENT,
        "Cultural alignment, average",
        Unit.POINTS,
        Board.ALIGNMENT,
        window=_DAY,
        min_samples=_FEW,
    ),
    _metric(
        MetricName.ALIGNMENT_BY_STAGE,
        "Cultural alignment of the creators, average by stage",
        Unit.POINTS,
        Board.ALIGNMENT,
        label=Label.STAGE,
    ),
    _metric(
        MetricName.ALIGNMENT_BAND,
        "Creators by alignment, in bands of ten points",
        board=Board.ALIGNMENT,
        label=Label.BAND,
        published=False,
    ),
    _metric(MetricName.READINESS, "Readiness, average", Unit.POINTS, Board.ALIGNMENT, window=_DAY, min_samples=_FEW),
)
_ECONOMICS: Final = (
    _metric(
        MetricName.REVENUE,
        "Projected monthly revenue, average",
        Unit.DOLLARS,
        Board.ECONOMICS,
        label=Label.MODEL,
    ),
    _metric(MetricName.REVENUE_MODELS, "Creators by revenue model", board=Board.ECONOMICS, label=Label.MODEL),
    _metric(MetricName.VALIDATION, "Economic validation, average", Unit.POINTS, Board.ECONOMICS),
    _metric(
        MetricName.VALIDATION_RATE,
        f"Economic validations of {VALIDATION_PASSES} points and more",
        Unit.PERCENT,
        Board.ECONOMICS,
    ),
)
_MONITOR: Final = (
    _metric(MetricName.UNUSABLE, "Measurements that are NaN or out of range", window=_DAY, published=False),
    _metric(MetricName.SAMPLE_AGE, "Time since this was measured", Unit.SECONDS, label=Label.GROUP, published=False),
    _metric(MetricName.LOAD, "Time of the database that the monitor takes", Unit.PERCENT, published=False),
)
METRICS: Final = (*_STATE, *_HEALTH, *_ALIGNMENT, *_ECONOMICS, *_MONITOR)
_BY_NAME: Final = {metric.name: metric for metric in METRICS}


def metric(name: MetricName) -> Metric:
    """Return the metric of this name."""
    return _BY_NAME[name]
