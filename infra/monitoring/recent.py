"""What was measured lately: reads the rows since the last look, and for a start further back piece by piece."""

import math
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError
from infra.models.alarm import MetricName
from infra.monitoring.samples import Sample, figure
from infra.monitoring.windows import MINUTE, RATIO, Cell, Key, Minutes, by_stage, over_all
from infra.pipeline.metrics import metric

_BINNED: Final = "stage_processing_time"
_PERCENT: Final = 100
_P95: Final = 0.95
#: The names that the application writes, and what is usable of each.
_RANGES: Final = {
    "stage_start": (0, 1_000_000),
    _BINNED: (0, 99_999_999),
    "stage_completion": (0, 1),
    "cultural_alignment_score": (0, 100),
    "readiness_score": (0, 100),
}
#: What is committed so much later than it is stamped is still counted, in seconds.
OVERLAP: Final = 2 * MINUTE
_HOUR: Final = 60 * MINUTE
#: A gate asks for a week.
KEPT: Final = timedelta(days=7)
_LONGEST: Final = int(KEPT.total_seconds())
#: A look further back is to take no longer than this, in seconds: the next one is shortened or lengthened.
_PIECE_SECONDS: Final = 0.1
_LONGEST_PIECE: Final = 8 * _HOUR


class Recent:
    """The windows over `pipeline_metrics`, carried on from look to look."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._minutes = Minutes()
        self._known_from = 0
        self._known_to = 0
        self._piece = _HOUR

    def measure(self, session: Session) -> list[Sample]:
        """Read what is new, and a piece of what is not known yet, and return the figures of the windows that are full.

        Raises:
            RolloutError: as a query does; what was known stays.
        """
        row = session.one(catalog_query("monitor_now.sql"))
        assert row
        now = float(row["now"])
        if self._known_to < now - _HOUR:
            self._begin(now)
        self._read(session, self._known_to - OVERLAP if self._known_to > self._known_from else self._known_from, now)
        self._known_to = _whole(now)
        self._look_back(session, now)
        self._minutes.forget(_whole(now) - _LONGEST - MINUTE)
        return list(self._figures(now))

    def _begin(self, now: float) -> None:
        """Begin with the last hour: nothing is known, or what is known lies too far back to be carried on from."""
        self._minutes.clear()
        self._piece = min(self._piece, _HOUR)
        self._known_from = self._known_to = _whole(now) - self._piece

    def _look_back(self, session: Session, now: float) -> None:
        oldest = _whole(now) - _LONGEST
        if self._known_from <= oldest:
            return
        start, begun = max(oldest, self._known_from - self._piece), self._clock()
        self._read(session, start, self._known_from)
        self._known_from = start
        taken = self._clock() - begun
        self._piece = min(2 * self._piece, _LONGEST_PIECE) if taken < _PIECE_SECONDS else self._shorter()

    def _shorter(self) -> int:
        return max(self._piece // 2 // MINUTE * MINUTE, MINUTE)

    def _read(self, session: Session, start: float, finish: float) -> None:
        parameters = {
            "binned": _BINNED,
            "ratio": RATIO,
            "names": list(_RANGES),
            "lows": [low for low, _ in _RANGES.values()],
            "highs": [high for _, high in _RANGES.values()],
            "start": start,
            "finish": finish,
        }
        try:
            rows = session.query(catalog_query("monitor_recent.sql"), parameters)
        except RolloutError:
            self._piece = self._shorter()
            raise
        self._minutes.replace(_whole(start), math.ceil(finish / MINUTE) * MINUTE, rows)

    def _figures(self, now: float) -> Iterator[Sample]:
        hour, day = self._window(MetricName.COMPLETION, now), self._window(MetricName.ALIGNMENT, now)
        if hour is not None:
            yield from _of_hour(hour)
        if day is not None:
            yield from _of_day(day)

    def _window(self, name: MetricName, now: float) -> dict[Key, Cell] | None:
        """Return what stands in the metric's window, or None while that is not all known."""
        window = metric(name).window
        assert window
        return self._since(now, window)

    def _since(self, now: float, window: timedelta) -> dict[Key, Cell] | None:
        since = _whole(now) - int(window.total_seconds())
        return self._minutes.summed(since) if 0 < self._known_from <= since else None

    def over(self, name: str, window: timedelta) -> Cell | None:
        """Return what was last known of a name over a window, or None while that is not all known."""
        cells = self._since(self._known_to, window)
        return None if cells is None else over_all(cells, name)


def _of_hour(cells: dict[Key, Cell]) -> Iterator[Sample]:
    completed = over_all(cells, "stage_completion")
    yield from figure(MetricName.COMPLETION, _percent(completed), samples=completed.number)
    for stage, cell in by_stage(cells, "stage_completion").items():
        yield from figure(MetricName.COMPLETION_BY_STAGE, _percent(cell), stage, samples=cell.number)
    times = over_all(cells, _BINNED)
    yield from figure(MetricName.STAGE_P95, times.percentile(_P95), samples=times.number)
    for stage, cell in by_stage(cells, _BINNED).items():
        yield from figure(MetricName.STAGE_P95_BY_STAGE, cell.percentile(_P95), stage, samples=cell.number)
    for stage, cell in by_stage(cells, "stage_start").items():
        yield from figure(MetricName.STAGE_STARTS, cell.number, stage)


def _of_day(cells: dict[Key, Cell]) -> Iterator[Sample]:
    for name, stored in ((MetricName.ALIGNMENT, "cultural_alignment_score"), (MetricName.READINESS, "readiness_score")):
        cell = over_all(cells, stored)
        yield from figure(name, cell.average, samples=cell.number)
    yield from figure(MetricName.UNUSABLE, sum(cell.unusable for cell in cells.values()))


def _percent(cell: Cell) -> float | None:
    return None if cell.average is None else _PERCENT * cell.average


def _whole(moment: float) -> int:
    """Return the minute in which a moment lies."""
    return int(moment // MINUTE) * MINUTE
