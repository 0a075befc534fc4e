"""Reading a metric of CloudWatch: one figure for each period of a window, times in milliseconds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from infra.aws.failures import aws_errors
from infra.errors import RolloutError
from infra.models.gate import CloudWatchMetric

#: The older the figures, the longer the periods that CloudWatch keeps them in: so many seconds from so many days on.
_KEPT: Final = ((63, 3600), (15, 300), (0, 60))
_SIMPLE: Final = frozenset({"Average", "Sum", "Minimum", "Maximum", "SampleCount"})
#: Our thresholds for times are in milliseconds; a load balancer counts in seconds.
_FACTORS: Final = {"Seconds": 1000.0, "Microseconds": 0.001}


@dataclass(frozen=True)
class MetricPeriod:
    """One period: which part of the window it is in, its figure and how many samples stand behind it."""

    part: int
    value: float
    samples: float


def read_metric(
    client: Any, metric: CloudWatchMetric, start: datetime, finish: datetime, parts: int
) -> list[MetricPeriod]:
    """Return the periods of the window, cut into so many parts, that have a figure, oldest first.

    Raises:
        RolloutError: AWS001 when AWS refuses or cannot be reached.
    """
    kept = next(seconds for days, seconds in _KEPT if finish - start >= timedelta(days=days))
    seconds = math.ceil((finish - start).total_seconds() / parts / kept) * kept
    begins = start.replace(second=0, microsecond=0)
    # What is left of the last minute would be a part of its own, and stand in for one that is missing.
    ends = min(finish, begins + timedelta(seconds=parts * seconds))
    asked = {
        "Namespace": metric.namespace,
        "MetricName": metric.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(metric.dimensions.items())],
        "StartTime": begins,
        "EndTime": ends,
        "Period": seconds,
    }
    path = f"aws cloudwatch {metric.namespace}/{metric.metric}"
    with aws_errors(path):
        counted = _points(path, client.get_metric_statistics(**asked, Statistics=["SampleCount"]))
        found = _points(path, client.get_metric_statistics(**asked, **_statistic(metric.statistic)))
    samples = {point["Timestamp"]: float(point["SampleCount"]) for point in counted}
    periods = [
        MetricPeriod(
            int((point["Timestamp"] - begins).total_seconds() // seconds),
            _value(point, metric.statistic),
            samples.get(point["Timestamp"], 0.0),
        )
        for point in found
    ]
    return sorted(periods, key=lambda period: period.part)


def _points(path: str, answer: Mapping[str, Any]) -> list[Any]:
    """Return the figures of an answer; a proxy, or a page to log in, answers with none and with no word of it."""
    if "Datapoints" not in answer:
        fix = "check `aws.endpoint`, and what stands between here and AWS"
        raise RolloutError("AWS001", path, "what answers is not CloudWatch", fix=fix)
    return list(answer["Datapoints"])


def _statistic(name: str) -> dict[str, list[str]]:
    return {"Statistics": [name]} if name in _SIMPLE else {"ExtendedStatistics": [name]}


def _value(point: Mapping[str, Any], statistic: str) -> float:
    value = point[statistic] if statistic in _SIMPLE else point["ExtendedStatistics"][statistic]
    return float(value) * _FACTORS.get(point.get("Unit", ""), 1.0)
