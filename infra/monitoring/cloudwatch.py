"""Alarms and dashboards for CloudWatch: what the program declares there for one stack."""

from collections.abc import Iterator
from typing import Any, Final

from infra.aws.dashboards import widget_text
from infra.models.alarm import PERIOD_SECONDS, AlarmRule, AlarmSeverity, Board, Metric
from infra.models.cloudwatch import Alarm, Dashboard, Operator
from infra.models.criterion import Comparison
from infra.models.delivery import AwsSettings
from infra.models.monitoring import Arns, CloudWatch, MonitoringSettings
from infra.monitoring.words import PREFIX, condition_in_words, runbook
from infra.pipeline.alarms import alarms
from infra.pipeline.metrics import METRICS, metric

#: Every series of a stack has this dimension.
STACK: Final = "Stack"
_OPERATORS: Final[dict[Comparison, Operator]] = {
    Comparison.ABOVE: "GreaterThanThreshold",
    Comparison.AT_LEAST: "GreaterThanOrEqualToThreshold",
    Comparison.BELOW: "LessThanThreshold",
    Comparison.AT_MOST: "LessThanOrEqualToThreshold",
}
#: Of the grid of 24 columns that CloudWatch lays widgets on.
_WIDTH: Final = 12
_HEIGHT: Final = 6
_COLOURS: Final = {
    AlarmSeverity.WARNING: "#ff9900",
    AlarmSeverity.CRITICAL: "#d13212",
    AlarmSeverity.ROLLBACK: "#7d2105",
}


def cloudwatch_alarms(stack: str, settings: MonitoringSettings, aws: AwsSettings) -> tuple[Alarm, ...]:
    """Return every alarm of the stack, the one on all triggers of a rollback last; none where none are asked for."""
    if settings.cloudwatch is None:
        return ()
    there = settings.cloudwatch
    single = tuple(_alarm(rule, stack, settings, there, aws) for rule in alarms(settings.thresholds))
    return (*single, _rollback(single, stack, there, aws))


def _alarm(rule: AlarmRule, stack: str, settings: MonitoringSettings, there: CloudWatch, aws: AwsSettings) -> Alarm:
    # The triggers of a rollback call once, through the alarm on all of them.
    actions = () if rule.severity is AlarmSeverity.ROLLBACK else _actions(rule.severity, there)
    return Alarm(
        name=_name(stack, rule.name),
        description=f"{condition_in_words(rule)}. {rule.action}. {runbook(rule, settings)}",
        namespace=there.namespace,
        metric=metric(rule.metric).cloudwatch,
        dimensions={STACK: stack},
        # Of what two monitors say in one minute the worse counts.
        statistic="Maximum" if rule.upward else "Minimum",
        operator=_OPERATORS[rule.condition.comparison],
        threshold=rule.condition.threshold,
        minutes=rule.minutes,
        missing=rule.missing.value,
        actions=actions,
        ok_actions=actions,
        aws=aws,
    )


def _rollback(single: tuple[Alarm, ...], stack: str, there: CloudWatch, aws: AwsSettings) -> Alarm:
    triggers = [alarm.name for alarm in single if alarm.name.endswith(f"-{AlarmSeverity.ROLLBACK}")]
    actions = _actions(AlarmSeverity.ROLLBACK, there)
    return Alarm(
        name=_name(stack, AlarmSeverity.ROLLBACK),
        description="One of the guide's triggers for an immediate rollback: rollout rollback --immediate",
        rule=" OR ".join(f'ALARM("{name}")' for name in triggers),
        actions=actions,
        ok_actions=actions,
        aws=aws,
    )


def _actions(severity: AlarmSeverity, there: CloudWatch) -> Arns:
    return getattr(there.actions, severity.value)  # type: ignore[no-any-return] # a field for each severity


def _name(stack: str, name: str) -> str:
    # A stack's name may have dots, which the name of a dashboard may not.
    return f"{PREFIX}-{stack.replace('.', '-')}-{name}"


def cloudwatch_dashboards(stack: str, settings: MonitoringSettings, aws: AwsSettings) -> tuple[Dashboard, ...]:
    """Return the guide's three dashboards for the stack; none where none are asked for."""
    if settings.cloudwatch is None:
        return ()
    namespace = settings.cloudwatch.namespace
    return tuple(
        Dashboard(name=_name(stack, board), widgets=dict(_widgets(board, stack, namespace, settings, aws)), aws=aws)
        for board in Board
    )


def _widgets(
    board: Board, stack: str, namespace: str, settings: MonitoringSettings, aws: AwsSettings
) -> Iterator[tuple[str, str]]:
    shown = [found for found in METRICS if found.board is board and found.published]
    rules = alarms(settings.thresholds)
    for place, found in enumerate(shown):
        limits = [rule for rule in rules if rule.metric is found.name]
        yield found.title, widget_text(_widget(place, found, limits, (stack, namespace, aws.region)))


def _widget(place: int, shown: Metric, limits: list[AlarmRule], where: tuple[str, str, str]) -> dict[str, Any]:
    stack, namespace, region = where
    return {
        "type": "metric",
        "x": place % 2 * _WIDTH,
        "y": place // 2 * _HEIGHT,
        "width": _WIDTH,
        "height": _HEIGHT,
        "properties": {
            "title": shown.title,
            "region": region,
            "view": "timeSeries",
            "stat": "Average",
            "period": PERIOD_SECONDS,
            "yAxis": {"left": {"label": shown.unit.value, "min": 0, "showUnits": False}},
            "metrics": [_series(shown, stack, namespace)],
            "annotations": {"horizontal": [_line(rule) for rule in limits]},
        },
    }


def _series(shown: Metric, stack: str, namespace: str) -> list[Any]:
    """Return one series, or a search for as many as there are values of the label."""
    if shown.label is None:
        return [namespace, shown.cloudwatch, STACK, stack]
    dimensions = f"{namespace},{STACK},{shown.label.capitalize()}"
    search = f"SEARCH('{{{dimensions}}} MetricName=\"{shown.cloudwatch}\" {STACK}=\"{stack}\"', 'Average')"
    return [{"expression": search, "id": "series"}]


def _line(rule: AlarmRule) -> dict[str, Any]:
    return {"label": rule.severity.value, "value": rule.condition.threshold, "color": _COLOURS[rule.severity]}
