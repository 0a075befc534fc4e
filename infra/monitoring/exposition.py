"""The figures in Prometheus's own format. Nothing is measured for a scrape: it is told what is known."""

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from infra.models.alarm import Metric, MetricName
from infra.monitoring.samples import Sample, Store
from infra.pipeline.metrics import METRICS

STACK: Final = "stack"


class FigureCollector(Collector):
    """Hands out what the store has that is fresh, each family once."""

    def __init__(self, store: Store, stack: str) -> None:
        self._store = store
        self._stack = stack

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield a family for each metric that there is a figure of."""
        ages = [Sample(MetricName.SAMPLE_AGE, age, group) for group, age in self._store.ages().items()]
        samples = (*self._store.fresh(), *ages)
        for found in METRICS:
            if mine := [sample for sample in samples if sample.metric is found.name]:
                yield self._family(found, mine)

    def _family(self, found: Metric, samples: Iterable[Sample]) -> GaugeMetricFamily:
        labels = [STACK, *([found.label.value] if found.label else [])]
        family = GaugeMetricFamily(found.prometheus, found.title, labels=labels)
        for sample in samples:
            family.add_metric([self._stack, *([sample.label] if found.label else [])], sample.value)
        return family


class Exposition:
    """What `/metrics` answers."""

    def __init__(self, store: Store, stack: str) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(FigureCollector(store, stack))

    def render(self, accept: str) -> tuple[bytes, str]:
        """Return the text and its type, in the format that the asker takes."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type
