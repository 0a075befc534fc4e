"""The alarms as rules of Prometheus: one file, for every stack that is scraped."""

from typing import Any, Final

import yaml

from infra.models.alarm import AlarmRule, Missing
from infra.models.criterion import Comparison
from infra.models.monitoring import MonitoringSettings
from infra.monitoring.words import PREFIX, condition_in_words, runbook
from infra.pipeline.alarms import alarms
from infra.pipeline.metrics import metric

FILE: Final = "creative-pipeline.rules.yaml"
_HEAD: Final = (
    "# Alarms of the creative pipeline for Prometheus, written by `rollout monitor rules`. Change the stack file.\n"
)
_OPERATORS: Final = {
    Comparison.ABOVE: ">",
    Comparison.AT_LEAST: ">=",
    Comparison.BELOW: "<",
    Comparison.AT_MOST: "<=",
}


def render_rules(settings: MonitoringSettings) -> str:
    """Return the file."""
    rules = [_rule(rule, settings) for rule in alarms(settings.thresholds)]
    document = {"groups": [{"name": PREFIX, "rules": rules}]}
    return _HEAD + yaml.safe_dump(document, sort_keys=False, width=118, allow_unicode=True)


def _rule(rule: AlarmRule, settings: MonitoringSettings) -> dict[str, Any]:
    unit = rule.condition.unit
    return {
        "alert": "".join(part.capitalize() for part in f"pipeline-{rule.name}".split("-")),
        "expr": expression(rule),
        "for": f"{rule.minutes}m",
        "labels": {"severity": rule.severity.value},
        "annotations": {
            "summary": condition_in_words(rule),
            "description": f"{{{{ $labels.stack }}}}: {{{{ $value | humanize }}}} {unit}".rstrip(),
            "action": rule.action,
            "runbook_url": runbook(rule, settings),
        },
    }


def expression(rule: AlarmRule) -> str:
    """Return the condition in PromQL. Where silence is the alarm, nothing at all counts as well."""
    name = metric(rule.metric).prometheus
    compared = f"{name} {_OPERATORS[rule.condition.comparison]} {rule.condition.threshold:g}"
    return f"{compared} or absent({name})" if rule.missing is Missing.BREACHING else compared
