"""How each alarm's figure stands now, by what this machine can ask: the database, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from infra.database.rollout import State
from infra.database.session import Session
from infra.gates.queries import query_figures
from infra.gates.watching import Level, Reading, measure
from infra.models.alarm import AlarmRule, MetricName
from infra.models.criterion import Measure, SqlSource, write_figure
from infra.models.gate import CriterionName
from infra.models.monitoring import MonitoringSettings
from infra.monitoring.words import condition_in_words
from infra.pipeline.alarms import MEASURED, alarms
from infra.pipeline.gates import criterion
from infra.pipeline.metrics import metric
from infra.report.page.model import AlarmLine

#: What a criterion's query measures for an alarm, over the alarm's own window.
_QUERIES: Final[Mapping[MetricName, tuple[CriterionName, SqlSource]]] = {
    MetricName.COMPLETION: (CriterionName.PRODUCTION_COMPLETION, SqlSource(measure=Measure.COMPLETION)),
    MetricName.ALIGNMENT: (CriterionName.PRODUCTION_ALIGNMENT, SqlSource(measure=Measure.ALIGNMENT)),
}


@dataclass(frozen=True)
class _Figure:
    """A figure as it was found; without a value there is too little to go by."""

    value: float | None
    note: str = ""


def alarm_lines(
    session: Session, settings: MonitoringSettings, state: State, backed_up: datetime | None, now: datetime
) -> tuple[AlarmLine, ...]:
    """Return every alarm with how it stands. Nothing is changed but the session's limits.

    Args:
        session: a connection of the deployer's.
        settings: what the stack's file says of monitoring.
        state: where the database stands.
        backed_up: the last backup, or the first deploy where there is none.
        now: this moment, in UTC.

    Raises:
        RolloutError: DB001 when the connection is lost.
    """
    figures = _watched(session) | _queried(session, now) | _known(state, backed_up, now)
    return tuple(_line(rule, figures) for rule in alarms(settings.thresholds))


def _line(rule: AlarmRule, figures: dict[MetricName, _Figure]) -> AlarmLine:
    line = AlarmLine(
        name=rule.name,
        severity=rule.severity.value,
        condition=condition_in_words(rule),
        state="not measured here",
        action=rule.action,
    )
    found = figures.get(rule.metric)
    if found is None:
        return line
    if found.value is None:
        return line.model_copy(update={"state": "no data", "measured": found.note})
    state = "firing" if rule.condition.holds(found.value) else "calm"
    return line.model_copy(update={"state": state, "measured": _figure_in_words(found.value, rule)})


def _figure_in_words(value: float, rule: AlarmRule) -> str:
    """Return a figure with four digits: more of them tell nobody anything."""
    return write_figure(float(f"{value:.4g}"), rule.condition.unit)


def _watched(session: Session) -> dict[MetricName, _Figure]:
    """Return the numbers that `rollout watch` watches."""
    return {MEASURED[one.name]: _figure(one) for one in measure(session) if one.name in MEASURED}


def _figure(reading: Reading) -> _Figure:
    return _Figure(None if reading.level is Level.NO_DATA else reading.value, reading.evidence)


def _queried(session: Session, now: datetime) -> dict[MetricName, _Figure]:
    found = {}
    for name, (asked, source) in _QUERIES.items():
        shown = metric(name)
        over = criterion(asked).model_copy(update={"window": shown.window})
        figures = query_figures(session, over, source, now)
        enough = figures.samples >= shown.min_samples and figures.finite
        note = f"{figures.samples} of {shown.min_samples} samples"
        found[name] = _Figure(figures.finite[0] if enough else None, note)
    return found


def _known(state: State, backed_up: datetime | None, now: datetime) -> dict[MetricName, _Figure]:
    """Return what the rollout's own tables tell."""
    age = (now - backed_up).total_seconds() if backed_up else None
    return {
        MetricName.LATCHED: _Figure(float(state.latched)),
        MetricName.BACKUP_AGE: _Figure(age, "the ledger knows of none"),
    }
