"""What was measured last, by group: shown while it is fresh, and absent once it is not."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from infra.models.alarm import MetricName
from infra.pipeline.metrics import metric


@dataclass(frozen=True)
class Sample:
    """One figure, for one value of its metric's label where it has one."""

    metric: MetricName
    value: float
    label: str = ""


def figure(name: MetricName, value: float | None, label: str = "", *, samples: int | None = None) -> Iterable[Sample]:
    """Return the figure, or nothing where there is none or too little stands behind it."""
    enough = samples is None or samples >= metric(name).min_samples
    return (Sample(name, float(value), label),) if value is not None and enough else ()


@dataclass(frozen=True)
class Kept:
    """The figures of a group, when they were measured by our own clock, and for how many seconds they are fresh."""

    samples: tuple[Sample, ...]
    at: float
    fresh: float


@dataclass(frozen=True)
class Health:
    """Whether the database answers, and if not, why and since when (seconds of our own clock)."""

    up: bool
    reason: str = "the first look is under way"
    since: float = 0.0
    failing: Mapping[str, str] = field(default_factory=dict)
    """Groups that the database refuses, and in what words."""


class Store:
    """What whoever asks is told. It is written by the monitor and read by any number of requests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, Kept] = {}
        self._health = Health(up=False, since=clock())

    def keep(self, group: str, samples: Iterable[Sample], fresh: float) -> None:
        """Take the figures of a group, which are fresh for so many seconds."""
        kept = Kept(tuple(samples), self._clock(), fresh)
        with self._lock:
            self._kept[group] = kept
            self._health = Health(
                self._health.up,
                self._health.reason,
                self._health.since,
                {name: why for name, why in self._health.failing.items() if name != group},
            )

    def fail(self, group: str, why: str) -> None:
        """Say that a group cannot be measured; its last figures are shown while they are fresh."""
        with self._lock:
            failing = {**self._health.failing, group: why}
            self._health = Health(self._health.up, self._health.reason, self._health.since, failing)

    def set_up(self) -> None:
        """Say that the database answers."""
        self._set(up=True, reason="")

    def set_down(self, reason: str) -> None:
        """Say that it does not."""
        self._set(up=False, reason=reason)

    def _set(self, *, up: bool, reason: str) -> None:
        with self._lock:
            since = self._health.since if self._health.up is up else self._clock()
            self._health = Health(up, reason, since, self._health.failing)

    @property
    def health(self) -> Health:
        """Whether the database answers."""
        with self._lock:
            return self._health

    def down_for(self) -> float:
        """Return for how long, in seconds, it has been as it is."""
        return self._clock() - self.health.since

    def ages(self) -> dict[str, float]:
        """Return how old each group's figures are, in seconds, shown or not."""
        with self._lock:
            return {name: self._clock() - kept.at for name, kept in self._kept.items()}

    def fresh(self) -> tuple[Sample, ...]:
        """Return every figure that is fresh, and whether the database answers."""
        now = self._clock()
        with self._lock:
            kept = [sample for one in self._kept.values() if now - one.at <= one.fresh for sample in one.samples]
            up = Sample(MetricName.UP, float(self._health.up))
        return (up, *kept)
