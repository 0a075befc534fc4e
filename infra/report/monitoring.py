"""The page on monitoring as values: every metric and every alarm, in words."""

from infra.models.alarm import AlarmRule, Metric, Missing
from infra.models.moments import write_span
from infra.models.monitoring import MonitoringSettings
from infra.monitoring.words import condition_in_words
from infra.pipeline.alarms import ALARMS, MEASURED
from infra.pipeline.metrics import METRICS
from infra.pipeline.triggers_for_rollback import TRIGGERS

_NONE = "-"
_MISSING = {
    Missing.MISSING: "no figure: neither an alarm nor an all-clear",
    Missing.IGNORE: "no figure: it stays as it is",
    Missing.BREACHING: "no figure: that is the alarm",
}


def metrics() -> list[dict[str, str]]:
    """Return a row for each metric."""
    return [_metric(found) for found in METRICS]


def alarms() -> list[dict[str, str]]:
    """Return a section for each alarm."""
    return [_alarm(rule) for rule in ALARMS]


def settings() -> dict[str, str]:
    """Return what holds where a stack file says nothing."""
    usual = MonitoringSettings()
    return {"interval": write_span(usual.interval)}


def unmeasured() -> list[str]:
    """Return the triggers of a rollback that `rollout watch` alone looks at."""
    return [rule.measures for rule in TRIGGERS if rule.name not in MEASURED]


def _metric(found: Metric) -> dict[str, str]:
    few = f", of {found.min_samples} and more" if found.min_samples > 1 else ""
    return {
        "title": found.title,
        "prometheus": found.prometheus + (f"{{{found.label}}}" if found.label else ""),
        "cloudwatch": found.cloudwatch if found.published else _NONE,
        "window": (write_span(found.window) if found.window else "now") + few,
        "board": found.board.value if found.board else _NONE,
    }


def _alarm(rule: AlarmRule) -> dict[str, str]:
    return {
        "name": rule.name,
        "condition": condition_in_words(rule),
        "severity": rule.severity.value,
        "missing": _MISSING[rule.missing],
        "guide": rule.guide,
        "action": rule.action,
    }
