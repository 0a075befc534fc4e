"""Tells CloudWatch what is fresh: what is stale is left out, so that silence is an alarm's business."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from infra.aws.publishing import Datum, datum, put_metrics
from infra.monitoring.cloudwatch import STACK
from infra.monitoring.samples import Sample
from infra.pipeline.metrics import metric


def data_of(stack: str, samples: Iterable[Sample]) -> list[Datum]:
    """Return the figures that CloudWatch is told, each with the stack's name."""
    return [_datum(stack, sample) for sample in samples if metric(sample.metric).published]


def _datum(stack: str, sample: Sample) -> Datum:
    found = metric(sample.metric)
    # A dimension must say something; what has no stage yet says so.
    label = {found.label.capitalize(): sample.label or "none"} if found.label else {}
    return datum(found.cloudwatch, sample.value, found.unit.cloudwatch, {STACK: stack} | label)


class Publisher:
    """Tells one namespace; the client is made when it is first used, and kept."""

    def __init__(self, make_client: Callable[[], Any], namespace: str, stack: str) -> None:
        self._make_client = make_client
        self._namespace = namespace
        self._stack = stack

    @cached_property
    def _client(self) -> Any:
        return self._make_client()

    def __call__(self, samples: Iterable[Sample]) -> None:
        """Tell CloudWatch.

        Raises:
            RolloutError: AWS001 when AWS refuses or cannot be reached.
        """
        put_metrics(self._client, self._namespace, data_of(self._stack, samples))
