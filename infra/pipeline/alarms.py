"""The alarms: the guide's alerts, its triggers for an immediate rollback, and what nobody would notice without one."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from infra.models.alarm import AlarmRule, AlarmSeverity, Limits, MetricName, Missing
from infra.models.criterion import Comparison, Condition
from infra.models.gate import CriterionName
from infra.pipeline.gates import criterion
from infra.pipeline.thresholds import ALIGNMENT, API_P95, COMPLETION, ERRORS
from infra.pipeline.triggers_for_rollback import Trigger, TriggerName, trigger

#: How long a figure must be bad before somebody is called, in minutes.
_MINUTES: Final = {AlarmSeverity.WARNING: 5, AlarmSeverity.CRITICAL: 3, AlarmSeverity.ROLLBACK: 2}
#: A day's backup is not late while it is being taken.
_GRACE: Final = dt.timedelta(hours=2)
_BACKUP: Final = criterion(CriterionName.BACKUP_RESTORED)

_GUIDE: Final[tuple[tuple[str, MetricName, Limits, str, str], ...]] = (
    (
        "api-p95",
        MetricName.API_P95,
        API_P95,
        "API_RESPONSE_TIME_P95",
        "see the slow queries and the pools (`rollout pool status`); roll back gradually if it stays",
    ),
    (
        "stage-completion",
        MetricName.COMPLETION,
        COMPLETION,
        "STAGE_COMPLETION_RATE",
        "see which stage fails on the dashboard, and the errors of its sessions",
    ),
    ("error-rate", MetricName.ERRORS, ERRORS, "ERROR_RATE", "see which stage has the errors, and its error_logs"),
    (
        "alignment",
        MetricName.ALIGNMENT,
        ALIGNMENT,
        "CULTURAL_ALIGNMENT_AVERAGE",
        "see the distribution and the stages; ask culture@eden.art to look at the messaging",
    ),
)
#: Which metric tells of a trigger. Slowdown needs a baseline, orphans whole tables: `rollout watch` looks at those.
MEASURED: Final[Mapping[TriggerName, MetricName]] = {
    TriggerName.ERROR_RATE: MetricName.ERRORS,
    TriggerName.DATABASE_P95: MetricName.DATABASE_P95,
    TriggerName.CONNECTIONS: MetricName.CONNECTIONS,
    TriggerName.ROW_SECURITY: MetricName.UNPROTECTED,
    TriggerName.OPEN_GRANTS: MetricName.OPEN_GRANTS,
    TriggerName.CONSTRAINTS: MetricName.UNCHECKED,
    TriggerName.TABLES: MetricName.MISSING_TABLES,
}


def _of_guide(severity: AlarmSeverity) -> tuple[AlarmRule, ...]:
    return tuple(
        AlarmRule(
            name=f"{name}-{severity}",
            metric=metric,
            severity=severity,
            condition=limits.warning if severity is AlarmSeverity.WARNING else limits.critical,
            minutes=_MINUTES[severity],
            missing=Missing.MISSING,
            guide=guide,
            action=action,
        )
        for name, metric, limits, guide, action in _GUIDE
    )


def _of_trigger(rule: Trigger, metric: MetricName) -> AlarmRule:
    """Return the alarm of a trigger. One on the catalog stays as it is while nobody can look."""
    return AlarmRule(
        name=f"{rule.name}-rollback",
        metric=metric,
        severity=AlarmSeverity.ROLLBACK,
        condition=Condition(comparison=Comparison.ABOVE, threshold=rule.limit, unit=rule.unit),
        minutes=_MINUTES[AlarmSeverity.ROLLBACK],
        missing=Missing.IGNORE if rule.limit == 0 else Missing.MISSING,
        guide=rule.guide,
        action='look at it with `rollout watch`; then `rollout rollback --immediate --yes --why "…"`',
    )


_OWN: Final = (
    AlarmRule(
        name="monitor-silent",
        metric=MetricName.UP,
        severity=AlarmSeverity.CRITICAL,
        condition=Condition(comparison=Comparison.BELOW, threshold=1),
        minutes=_MINUTES[AlarmSeverity.CRITICAL],
        missing=Missing.BREACHING,
        action="ask the monitor's /health for the reason; start the monitor, or mend its way to the database",
    ),
    AlarmRule(
        name="backup-old",
        metric=MetricName.BACKUP_AGE,
        severity=AlarmSeverity.WARNING,
        condition=Condition(comparison=Comparison.ABOVE, threshold=(_BACKUP.window + _GRACE).total_seconds(), unit="s"),
        minutes=_MINUTES[AlarmSeverity.WARNING],
        missing=Missing.MISSING,
        guide="Daily automated backups",
        action="run `rollout backup`, and see why the daily one did not",
    ),
    AlarmRule(
        name="kill-switch-set",
        metric=MetricName.LATCHED,
        severity=AlarmSeverity.WARNING,
        condition=Condition(comparison=Comparison.ABOVE, threshold=0),
        minutes=1,
        missing=Missing.IGNORE,
        action="see `rollout history` for who set it and why; lift it with `rollout rollback --clear`",
    ),
)
ALARMS: Final = (
    *_of_guide(AlarmSeverity.WARNING),
    *_of_guide(AlarmSeverity.CRITICAL),
    *(_of_trigger(trigger(name), metric) for name, metric in MEASURED.items()),
    *_OWN,
)


def alarms(thresholds: Mapping[str, float] | None = None) -> tuple[AlarmRule, ...]:
    """Return the alarms, with other thresholds for those that are named."""
    given = thresholds or {}
    return tuple(rule.with_threshold(given[rule.name]) if rule.name in given else rule for rule in ALARMS)
