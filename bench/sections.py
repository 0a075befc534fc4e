"""What every benchmark gives: rows of ours beside a peer or a floor of the same run, with what each must reach."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import Final, Protocol

from pydantic import TypeAdapter

from infra.cli.output import align

_HEAD: Final = ("", "ours", "against", "theirs", "ratio", "must be", "")
_LARGE: Final = 100
_SMALL: Final = 0.1


@dataclass(frozen=True)
class Spread:
    """What repeated runs of one thing took, in one unit; ``ms`` if nothing else is said."""

    values: tuple[float, ...]
    unit: str = "ms"

    @classmethod
    def of(cls, values: Sequence[float], unit: str = "ms") -> "Spread":
        """Return the spread of at least one figure."""
        if not values:
            raise ValueError("a spread has at least one figure")
        return cls(tuple(float(value) for value in values), unit)

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.values)

    @property
    def low(self) -> float:
        """The smallest."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest."""
        return max(self.values)

    def __str__(self) -> str:
        shown = f"{_number(self.median)} {self.unit}"
        return shown if len(self.values) == 1 else f"{shown} ({_number(self.low)} to {_number(self.high)})"


class MarkKind(StrEnum):
    """How a figure is judged."""

    RATIO_AT_MOST = "ratio at most"
    RATIO_AT_LEAST = "ratio at least"
    AT_MOST = "at most"
    AT_LEAST = "at least"
    OVER_BY_AT_MOST = "over by at most"


@dataclass(frozen=True)
class Mark:
    """What a median must reach."""

    kind: MarkKind
    value: float
    share: float = 0.0

    @classmethod
    def ratio_at_most(cls, value: float) -> "Mark":
        """Ours is at most so many times theirs."""
        return cls(MarkKind.RATIO_AT_MOST, value)

    @classmethod
    def ratio_at_least(cls, value: float) -> "Mark":
        """Ours is at least so many times theirs."""
        return cls(MarkKind.RATIO_AT_LEAST, value)

    @classmethod
    def at_most(cls, value: float) -> "Mark":
        """Ours is at most this, in its own unit."""
        return cls(MarkKind.AT_MOST, value)

    @classmethod
    def at_least(cls, value: float) -> "Mark":
        """Ours is at least this, in its own unit."""
        return cls(MarkKind.AT_LEAST, value)

    @classmethod
    def over_by_at_most(cls, absolute: float, share: float) -> "Mark":
        """Ours is over theirs by at most this much, in its unit, or by this share of theirs: whichever allows more."""
        return cls(MarkKind.OVER_BY_AT_MOST, absolute, share)

    def is_met(self, ours: Spread, theirs: Spread | None) -> bool:
        """Return whether the medians reach it; one that speaks of theirs is missed where there is none."""
        mine = ours.median
        if self.kind is MarkKind.AT_MOST:
            return mine <= self.value
        if self.kind is MarkKind.AT_LEAST:
            return mine >= self.value
        if theirs is None:
            return False
        if self.kind is MarkKind.OVER_BY_AT_MOST:
            return mine <= theirs.median + max(self.value, self.share * theirs.median)
        wanted = self.value * theirs.median
        return mine <= wanted if self.kind is MarkKind.RATIO_AT_MOST else mine >= wanted

    def words(self, unit: str) -> str:
        """Return it in a few signs."""
        if self.kind is MarkKind.OVER_BY_AT_MOST:
            return f"≤ theirs + {_number(self.value)} {unit}" + (f" or {self.share:.0%}" if self.share else "")
        sign = "≤" if self.kind in {MarkKind.RATIO_AT_MOST, MarkKind.AT_MOST} else "≥"
        is_ratio = self.kind in {MarkKind.RATIO_AT_MOST, MarkKind.RATIO_AT_LEAST}
        return f"{sign} {_number(self.value)}" + ("×" if is_ratio else f" {unit}")


@dataclass(frozen=True)
class Row:
    """One thing that was measured, and the same by a peer or by the least that it can take."""

    what: str
    ours: Spread | None
    """None where it could not be measured: `why` says why not."""
    against: str
    theirs: Spread | None
    """None where the peer cannot do it or is not there: `why` says which."""
    mark: Mark | None = None
    why: str = ""
    """Why a mark is missed, or what a peer cannot do, in one line; not shown where there is nothing to explain."""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over theirs, of the medians."""
        if self.ours is None or self.theirs is None or not self.theirs.median:
            return None
        return self.ours.median / self.theirs.median

    @property
    def met(self) -> bool | None:
        """Whether the mark is reached; None where there is none."""
        if self.mark is None:
            return None
        return self.ours is not None and self.mark.is_met(self.ours, self.theirs)

    @property
    def is_unexplained(self) -> bool:
        """Whether a mark is missed, or a figure lacks, with no reason given."""
        lacks = self.ours is None or self.theirs is None
        return (self.met is False or lacks) and not self.why

    def cells(self) -> tuple[str, ...]:
        """Return a row of texts."""
        ratio = "" if self.ratio is None else f"{_number(self.ratio)}×"
        unit = self.ours.unit if self.ours else ""
        return (
            self.what + (f" ({self.note})" if self.note else ""),
            str(self.ours) if self.ours else "none",
            self.against,
            str(self.theirs) if self.theirs else "none",
            ratio,
            self.mark.words(unit) if self.mark else "",
            self.verdict,
        )

    @property
    def verdict(self) -> str:
        """Whether it is as it must be, and the reason where it is not."""
        said = {None: "", True: "reached", False: "missed"}[self.met]
        if self.met is True or (self.met is None and self.ours and self.theirs):
            return said
        return ": ".join(part for part in (said, self.why) if part) or "missed"


@dataclass(frozen=True)
class Section:
    """The rows of one benchmark, what they are, and the command that measures them again."""

    title: str
    text: str
    rows: tuple[Row, ...]
    command: str
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def unexplained(self) -> tuple[Row, ...]:
        """What is not as it must be, without a reason."""
        return tuple(row for row in self.rows if row.is_unexplained)


SECTION: Final = TypeAdapter(Section)


def _number(value: float) -> str:
    """Return three digits of a figure, none of them after the point where it is large."""
    if abs(value) >= _LARGE:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= _SMALL else f"{value:.2g}"


def as_text(section: Section) -> Iterator[str]:
    """Yield the lines of a section for a terminal."""
    yield from (section.title, section.text, "")
    yield from align([_HEAD, *(row.cells() for row in section.rows)])


def as_markdown(section: Section) -> Iterator[str]:
    """Yield the lines of a section for a page."""
    yield from (f"## {section.title}", "", section.text, "", f"`{section.command}`")
    if section.versions:
        yield from ("", ", ".join(f"{tool} {version}" for tool, version in section.versions.items()) + ".")
    yield from ("", _line(_HEAD), _line(["---"] * len(_HEAD)), *(_line(row.cells()) for row in section.rows), "")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


class Measure(Protocol):
    """What a module of a section offers."""

    def __call__(self, *, quick: bool) -> Section:
        """Measure; with small sizes and few runs where it is to be quick."""


def alone(measure: Measure) -> int:
    """Measure one section by itself and show it; return 1 where something is not as it must be, with no reason."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="small sizes, and few runs")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    options = parser.parse_args()
    section = measure(quick=options.quick)
    text = SECTION.dump_json(section, indent=2).decode() if options.json else "\n".join(as_text(section))
    sys.stdout.write(text + "\n")
    sys.stderr.writelines(f"{row.what}: {row.verdict}\n" for row in section.unexplained)
    return int(bool(section.unexplained))
