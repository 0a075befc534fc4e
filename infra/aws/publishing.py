"""Figures told to CloudWatch, for one minute at a time."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from infra.aws.failures import aws_errors

#: As many as CloudWatch takes in one call.
MOST: Final = 1000
Datum = dict[str, Any]


def datum(name: str, value: float, unit: str, dimensions: dict[str, str]) -> Datum:
    """Return one figure as CloudWatch takes it; the moment is CloudWatch's own."""
    named = [{"Name": key, "Value": text} for key, text in dimensions.items()]
    return {"MetricName": name, "Dimensions": named, "Value": value, "Unit": unit, "StorageResolution": 60}


def put_metrics(client: Any, namespace: str, data: Iterable[Datum]) -> int:
    """Tell CloudWatch, and return how many figures it was told.

    Raises:
        RolloutError: AWS001 when AWS refuses or cannot be reached.
    """
    return sum(_put(client, namespace, part) for part in _parts(data))


def _put(client: Any, namespace: str, part: list[Datum]) -> int:
    with aws_errors(f"aws cloudwatch {namespace}"):
        client.put_metric_data(Namespace=namespace, MetricData=part)
    return len(part)


def _parts(data: Iterable[Datum]) -> Iterator[list[Datum]]:
    whole = list(data)
    for start in range(0, len(whole), MOST):
        yield whole[start : start + MOST]
