"""Sliding windows over what was measured, kept by minute: only the rows since the last look are read again."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

MINUTE: Final = 60
#: Each bin of a histogram is a tenth wider than the one before: a percentile read from it is at most 5 % off.
RATIO: Final = 1.1


@dataclass
class Cell:
    """What is known of one name: how many values, their sum, how many are no use, and for some a histogram."""

    number: int = 0
    total: float = 0.0
    unusable: int = 0
    bins: Counter[int] = field(default_factory=Counter)

    def add(self, other: "Cell") -> None:
        """Count another one in."""
        self.number += other.number
        self.total += other.total
        self.unusable += other.unusable
        self.bins.update(other.bins)

    @property
    def average(self) -> float | None:
        """The mean, or None of nothing."""
        return self.total / self.number if self.number else None

    def percentile(self, share: float) -> float | None:
        """Return the value that this share does not exceed, by nearest rank, as the middle of its bin."""
        rank, seen = math.ceil(share * self.bins.total()), 0
        for number in sorted(self.bins):
            seen += self.bins[number]
            if seen >= rank:
                return float(RATIO ** (number + 0.5))
        return None


Key = tuple[str, str]


class Minutes:
    """The cells of each minute by name and stage. Times are seconds of the epoch, on whole minutes."""

    def __init__(self) -> None:
        self._minutes: dict[int, dict[Key, Cell]] = {}

    def replace(self, start: int, finish: int, rows: Iterable[dict[str, Any]]) -> None:
        """Take rows for all that there is of these minutes."""
        for minute in [known for known in self._minutes if start <= known < finish]:
            del self._minutes[minute]
        for row in rows:
            cell = Cell(row["number"], row["total"], row["unusable"])
            if row["bin"] is not None:
                cell.bins[row["bin"]] = row["number"]
            cells = self._minutes.setdefault(int(row["minute"]), {})
            cells.setdefault((row["name"], row["stage"]), Cell()).add(cell)

    def forget(self, before: int) -> None:
        """Let go of what is older."""
        for minute in [known for known in self._minutes if known < before]:
            del self._minutes[minute]

    def clear(self) -> None:
        """Let go of everything."""
        self._minutes.clear()

    def summed(self, since: int) -> dict[Key, Cell]:
        """Return what there is since then, by name and stage."""
        found: dict[Key, Cell] = {}
        for minute, cells in self._minutes.items():
            if minute >= since:
                for key, cell in cells.items():
                    found.setdefault(key, Cell()).add(cell)
        return found


def over_all(cells: dict[Key, Cell], name: str) -> Cell:
    """Return what there is of a name over all stages."""
    whole = Cell()
    for _, cell in _of(cells, name):
        whole.add(cell)
    return whole


def by_stage(cells: dict[Key, Cell], name: str) -> dict[str, Cell]:
    """Return what there is of a name, stage by stage; what has none is left out."""
    return {stage: cell for stage, cell in _of(cells, name) if stage}


def _of(cells: dict[Key, Cell], name: str) -> Iterator[tuple[str, Cell]]:
    for (known, stage), cell in cells.items():
        if known == name:
            yield stage, cell
