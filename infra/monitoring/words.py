"""What an alarm says to whoever is called, the same wherever it is rendered."""

from typing import Final

from infra.models.alarm import PERIOD_SECONDS, AlarmRule, Metric
from infra.models.moments import write_span
from infra.models.monitoring import MonitoringSettings
from infra.pipeline.metrics import metric

#: Where the page stands for whoever has the project at hand.
PAGE: Final = "docs/monitoring.md"
#: Before every name of ours in CloudWatch, and what the rules of Prometheus are called.
PREFIX: Final = "creative-pipeline"


def condition_in_words(rule: AlarmRule) -> str:
    """Return when the alarm goes off, such as ``Sessions with errors > 5 % for 3 minutes``."""
    shown = metric(rule.metric)
    over = f" over {write_span(shown.window)}" if shown.window else ""
    minutes = f"{rule.minutes} minute{'s' if rule.minutes > 1 else ''}"
    return f"{shown.title}{over} {rule.condition} for {minutes}"


def runbook(rule: AlarmRule, settings: MonitoringSettings) -> str:
    """Return where it says what to do."""
    return f"{settings.runbook or PAGE}#{rule.name}"


def window_seconds(shown: Metric) -> int:
    """Return what one point of a chart stands for."""
    return int(shown.window.total_seconds()) if shown.window else PERIOD_SECONDS
