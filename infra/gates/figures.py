"""What a measurement brings: a figure for each part of the window, and how much stands behind it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_PERCENTILE: Final = 0.95


@dataclass(frozen=True)
class Figures:
    """One value a part, None where nothing was measured; `unusable` counts what is NaN or out of range."""

    values: tuple[float | None, ...]
    samples: int
    unusable: int = 0
    detail: str = ""

    @property
    def finite(self) -> tuple[float, ...]:
        """The values that are there."""
        return tuple(value for value in self.values if value is not None and math.isfinite(value))


def p95(values: Sequence[float]) -> float:
    """Return the 95th percentile by nearest rank, of one value or more."""
    return sorted(values)[math.ceil(_PERCENTILE * len(values)) - 1]
