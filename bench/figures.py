"""The figures of an operation under load, what they must be, and how they are shown."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from bench.load import Account
from bench.loading import longest, quantile
from bench.waits import Waits

#: What no statement may take longer than while nobody else is in the way, in milliseconds.
LIMIT_MILLISECONDS: Final = 100
#: What a statement may take beyond the lock timeout of the step that it waits behind.
SLACK_MILLISECONDS: Final = 50
#: What the application may wait in all behind the steps on one object.
TOTAL_MILLISECONDS: Final = 1000
#: The longest lock timeout of a step that the application can wait behind.
LOCK_MILLISECONDS: Final = 300
#: The name of a measurement of the load with nothing beside it.
BASELINE: Final = "the load alone"
_TAIL: Final = 0.999
#: Of a statement, that the server may have spent waiting for a lock where the reason is another.
_SMALL_SHARE: Final = 0.1
_COLUMNS: Final = (
    "",
    "statements",
    "longest statement",
    "p99.9",
    "longest wait for a lock",
    "waited per table, at most",
    "against baseline",
    "failed",
    "lost",
    "took",
)


@dataclass
class Figures:
    """What was measured of one operation; times in milliseconds."""

    name: str
    script: str
    statements: int
    transactions: int
    longest: float
    longest_statement: str
    tail: float
    """Within which 999 of 1000 statements were done."""
    longest_wait: float
    """The longest wait for a lock on a relation, as the server has it."""
    waited: float
    """In all, for the relation that was waited for longest."""
    waited_for: str
    took: float
    lock_timeout: float = LOCK_MILLISECONDS
    blocked: bool = False
    """Whether somebody's long transaction was in the way."""
    refusal: str = ""
    failed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def limit(self) -> float:
        """What its longest statement may take."""
        return self.lock_timeout + SLACK_MILLISECONDS if self.blocked else LIMIT_MILLISECONDS

    @property
    def waited_for_none(self) -> bool:
        """Whether its longest statement was long for another reason than a lock, and alone in that."""
        return self.longest_wait <= self.longest * _SMALL_SHARE and self.tail <= self.limit

    @property
    def faults(self) -> list[str]:
        """Return what is not as it must be, in words."""
        found = [f"failed: {text}" for text in self.failed] + [f"lost: {text}" for text in self.lost]
        if self.longest > self.limit:
            found.append(f"{self.longest_statement} took {self.longest:.0f} ms, of {self.limit:.0f} at most")
        if self.blocked and self.waited > TOTAL_MILLISECONDS:
            found.append(
                f"the application waited {self.waited:.0f} ms for {self.waited_for}, of {TOTAL_MILLISECONDS} at most"
            )
        return [f"{self.name}: {text}" for text in found]


def read(name: str, script: str, account: Account, waits: Waits, seconds: float, **more: Any) -> Figures:
    """Return the figures of what a load did while an operation of this length went on."""
    slowest = longest(account.timings)
    waited_for, waited = max(waits.totals().items(), key=lambda item: item[1], default=("", 0.0))
    return Figures(
        name,
        script,
        len(account.timings),
        account.transactions,
        slowest.seconds * 1000 if slowest else 0,
        f"{slowest.kind} {slowest.table}" if slowest else "",
        quantile(account.timings, _TAIL) * 1000,
        waits.longest * 1000,
        waited * 1000,
        waited_for,
        seconds * 1000,
        **more,
    )


def document(rounds: dict[str, list[Figures]], load: Sequence[str]) -> dict[str, Any]:
    """Return everything for a program to read."""
    flat = [figures for found in rounds.values() for figures in found]
    baselines = _baselines(flat)
    return {
        "load": list(load),
        "limit": LIMIT_MILLISECONDS,
        "milliseconds": {
            title: [asdict(one) | {"limit": one.limit, "against": _ratio(one, baselines)} for one in found]
            for title, found in rounds.items()
        },
        "faults": [text for one in flat for text in one.faults],
    }


def table(found: Iterable[Figures], baselines: dict[str, Figures]) -> list[tuple[str, ...]]:
    """Return a row of texts an operation, the headings first."""
    return [_COLUMNS, *(_row(one, baselines) for one in found)]


def _row(one: Figures, baselines: dict[str, Figures]) -> tuple[str, ...]:
    return (
        one.name,
        str(one.statements),
        f"{one.longest:.1f} ms ({one.longest_statement})",
        f"{one.tail:.1f} ms",
        f"{one.longest_wait:.1f} ms" if one.waited_for else "none",
        f"{one.waited:.0f} ms ({one.waited_for})" if one.waited_for else "",
        _ratio(one, baselines),
        str(len(one.failed)),
        str(len(one.lost)),
        f"{one.took / 1000:.1f} s" + (f"; {one.refusal}" if one.refusal else ""),
    )


def _ratio(one: Figures, baselines: dict[str, Figures]) -> str:
    """Return the longest statement and the tail over those of the same load with nothing beside it."""
    base = baselines.get(one.script)
    if base is None or base is one:
        return ""
    return f"{one.longest / base.longest:.1f} and {one.tail / base.tail:.1f} times"


def _baselines(found: Iterable[Figures]) -> dict[str, Figures]:
    return {one.script: one for one in found if one.name.startswith(BASELINE)}


def as_text(rounds: dict[str, list[Figures]]) -> Iterable[str]:
    """Yield the lines of a table for a terminal."""
    baselines = _baselines(one for found in rounds.values() for one in found)
    for title, found in rounds.items():
        rows = table(found, baselines)
        widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
        yield from ("", title)
        yield from (
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )


def as_markdown(rounds: dict[str, list[Figures]]) -> Iterable[str]:
    """Yield the lines of tables for a page."""
    baselines = _baselines(one for found in rounds.values() for one in found)
    for title, found in rounds.items():
        head, *rows = table(found, baselines)
        yield from ("", f"## {title}", "", _cells(head), _cells(("---",) * len(head)), *map(_cells, rows))


def _cells(row: Sequence[str]) -> str:
    return "| " + " | ".join(row) + " |"
