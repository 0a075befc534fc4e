"""The geometry of sparklines and bars, in the units of their view boxes; the template draws them."""

from dataclasses import dataclass
from typing import Final

from infra.models.criterion import write_figure
from infra.report.page.model import Series

WIDTH: Final = 132.0
HEIGHT: Final = 32.0
_MARGIN: Final = 4.0
#: A bar that is there at all is seen.
_LEAST: Final = 0.6
BAR: Final = 100.0


@dataclass(frozen=True)
class Sparkline:
    """A line of days in its box: the points as SVG has them, the newest, the height of the threshold; and in words."""

    points: str
    dots: tuple[tuple[float, float], ...]
    threshold: float | None
    words: str

    @property
    def last(self) -> tuple[float, float]:
        """The newest point."""
        return self.dots[-1]


def sparkline(series: Series) -> Sparkline | None:
    """Return the line of a series; None where there is nothing to draw."""
    if not series.points:
        return None
    values = [point.value for point in series.points]
    marks = [*values, *([series.threshold] if series.threshold is not None else [])]
    low, high = min(marks), max(marks)
    dots = tuple(
        (_across(point.age, series.days), _up(point.value, low, high))
        for point in sorted(series.points, key=lambda point: -point.age)
    )
    return Sparkline(
        points=" ".join(f"{x:g},{y:g}" for x, y in dots),
        dots=dots,
        threshold=None if series.threshold is None else _up(series.threshold, low, high),
        words=_words(series, values),
    )


def bar(part: float, whole: float) -> float:
    """Return how long the bar of a part is, of a hundred."""
    if part <= 0 or whole <= 0:
        return 0.0
    return round(max(_LEAST, BAR * part / whole), 2)


def _across(age: int, days: int) -> float:
    room = WIDTH - 2 * _MARGIN
    return round(_MARGIN + room * (days - 1 - age) / max(1, days - 1), 1)


def _up(value: float, low: float, high: float) -> float:
    """Return the height from above; what never changes lies in the middle."""
    share = (value - low) / (high - low) if high > low else 0.5
    return round(HEIGHT - _MARGIN - (HEIGHT - 2 * _MARGIN) * share, 1)


def _words(series: Series, values: list[float]) -> str:
    """Return what the line shows, for whoever does not see it."""
    days = f"{len(values)} of the last {series.days} days have figures"
    low, high, last = (write_figure(round(value, 1), series.unit) for value in (min(values), max(values), values[-1]))
    wanted = f"; wanted is {series.allowed}" if series.threshold is not None else ""
    return f"{days}: from {low} to {high}, the newest {last}{wanted}"
