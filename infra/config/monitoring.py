"""What a stack file says of monitoring, and what does not go together in it."""

import difflib
import itertools
from collections.abc import Iterator
from typing import Final

from infra.errors import RolloutError
from infra.models.alarm import AlarmRule, MetricName
from infra.models.criterion import write_figure
from infra.models.delivery import AwsSettings
from infra.models.monitoring import MonitoringSettings
from infra.pipeline.alarms import ALARMS, alarms
from infra.pipeline.metrics import metric

_NAMES: Final = tuple(rule.name for rule in ALARMS)
_MOST: Final = {"%": 100.0, "points": 100.0}


def monitoring_faults(settings: MonitoringSettings, aws: AwsSettings | None) -> Iterator[RolloutError]:
    """Yield each threshold that no alarm has, or that contradicts another, and AWS where nobody says which."""
    if settings.cloudwatch is not None and aws is None:
        fix = "write `aws:` with the region below it"
        yield RolloutError("CFG004", "aws", "it is missing, and `monitoring` names CloudWatch", fix=fix)
    for name in settings.thresholds:
        if name not in _NAMES:
            yield _unknown(name)
    rules = alarms(settings.thresholds)
    yield from filter(None, map(_out_of_reach, rules))
    for metric_name in MetricName:
        yield from _out_of_order([rule for rule in rules if rule.metric is metric_name])


def _unknown(name: str) -> RolloutError:
    near = difflib.get_close_matches(name, _NAMES, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    problem = f"there is no alarm {name[:60]!r}{hint}"
    return RolloutError(
        "MON001", "monitoring.thresholds", problem, allowed=", ".join(_NAMES), fix="rename or remove it"
    )


def _out_of_reach(rule: AlarmRule) -> RolloutError | None:
    unit, threshold = rule.condition.unit, rule.condition.threshold
    if threshold <= _MOST.get(unit, threshold):
        return None
    path, problem = f"monitoring.thresholds.{rule.name}", f"{write_figure(threshold, unit)} is never reached"
    return RolloutError("MON001", path, problem, allowed=f"0 to {_MOST[unit]:g} {unit}", fix="correct it")


def _out_of_order(rules: list[AlarmRule]) -> Iterator[RolloutError]:
    """Yield each alarm that would come before a milder one on the same figure."""
    for milder, worse in itertools.pairwise(rules):
        first, second = milder.condition.threshold, worse.condition.threshold
        if (second < first) if worse.upward else (second > first):
            unit = metric(worse.metric).unit
            problem = (
                f"{worse.name} ({write_figure(second, unit)}) comes before {milder.name} ({write_figure(first, unit)})"
            )
            allowed = "warning before critical before rollback"
            yield RolloutError(
                "MON001", "monitoring.thresholds", problem, allowed=allowed, fix="correct one of the two"
            )
