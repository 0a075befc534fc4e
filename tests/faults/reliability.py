"""The plugin that writes `docs/reliability.md` out of a run: what was injected, what came of it, how long it took."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import pytest

from tests.faults.matrix import ELSEWHERE, LINES

OPTION: Final = "--reliability"
EVERY_STATEMENT: Final = "--every-statement"
FAULT: Final = "fault"
RECOVERY: Final = "recovery"
VERSION: Final = "postgresql"
NO_TIME: Final = "not timed"

HEAD: Final = """# Reliability

Every line of the fault matrix as it was injected, by `make reliability`, which runs `tests/faults` and writes this
page. Each fault is real: processes are killed, connections cut, servers stopped, disks filled. After each one the same
checks hold: every row is there, the catalog equals that of an undisturbed deploy, no index is invalid, no session or
lock of ours is left, the same command converges with no step by hand, the next plan is empty, errors name the object,
the cause and the next step, and no output holds a traceback or a secret.

"""
ABOUT_TIMES: Final = (
    "Recovery is the time from the fault, or from the start of the command that repairs, until all is as it should be:"
    " where there are several, the median and the longest. Times are those of the machine that ran it.\n"
)


@dataclass
class Row:
    """What one way of injecting a fault has shown, over every test and every server."""

    line: str
    how: str
    result: str
    passed: int = 0
    others: list[str] = field(default_factory=list)
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def outcome(self) -> str:
        """What came of it, in words."""
        return self.result if self.passed and not self.others else f"**{', '.join(sorted(set(self.others)))}**"

    @property
    def recovery(self) -> str:
        """How long it took, by version."""
        return "<br>".join(
            f"{version}: {_span(times)}" if version else _span(times) for version, times in sorted(self.times.items())
        )


class Reliability:
    """Collects the reports of a run; with xdist they all come to the controller."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[tuple[str, str, str], Row] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what a test says of itself, once, or that it did not get that far."""
        ended_early = report.outcome != "passed" and report.when != "call"
        if report.when != "call" and not ended_early:
            return
        said = [(name, value) for name, value in report.user_properties if name in {FAULT, RECOVERY, VERSION}]
        version = next((str(value) for name, value in said if name == VERSION), "")
        for name, value in said:
            if name == FAULT:
                row = self._row(value)
                row.passed += report.outcome == "passed"
                row.others += [] if report.outcome == "passed" else [str(report.outcome)]
                row.times[version] += [float(str(seconds)) for what, seconds in said if what == RECOVERY]

    def pytest_sessionfinish(self) -> None:
        """Write the page."""
        self._path.write_text(render(self._rows.values()), encoding="utf-8")

    def _row(self, value: Any) -> Row:
        line, how, result = value
        return self._rows.setdefault((line, how, result), Row(line, how, result))


def render(rows: Iterable[Row]) -> str:
    """Return the page."""
    ordered = sorted(rows, key=lambda row: (_number(row.line), row.how))
    versions = sorted({version for row in ordered for version in row.times if version})
    servers = f"Run on PostgreSQL {' and '.join(versions)}. " if versions else ""
    head = "| # | fault | how it is injected | what comes of it | recovery |\n|---|---|---|---|---|\n"
    return HEAD + servers + ABOUT_TIMES + "\n" + head + "".join(_cells(ordered)) + _elsewhere()


def _cells(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        cells = (row.line, LINES[row.line], row.how, row.outcome, row.recovery or NO_TIME)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _elsewhere() -> str:
    if not ELSEWHERE:
        return ""
    lines = "".join(f"| {line} | {LINES[line]} | {why} |\n" for line, why in ELSEWHERE.items())
    return "\nNot among these tests:\n\n| # | fault | why |\n|---|---|---|\n" + lines


def _number(line: str) -> int:
    return int(line.removeprefix("F"))


def _span(times: list[float]) -> str:
    if not times:
        return NO_TIME
    if len(times) == 1:
        return f"{times[0]:.1f} s"
    return f"{median(times):.1f} s, at most {max(times):.1f} s ({len(times)} times)"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(OPTION, metavar="PATH", help="write the table of faults out of this run to PATH")
    parser.addoption(EVERY_STATEMENT, action="store_true", help="kill before statements too that only read")


def pytest_configure(config: pytest.Config) -> None:
    """Collect on the controller alone."""
    path = config.getoption(OPTION)
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reliability(Path(path)), "reliability")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Put what the marks say among what reaches the controller."""
    marks = list(item.iter_markers(FAULT))
    for mark in marks:
        item.user_properties.append((FAULT, list(fault_of(mark))))
    if marks:
        item.user_properties.append((VERSION, version_of(item)))


def fault_of(mark: pytest.Mark) -> tuple[str, str, str]:
    """Return line, how and result of a mark; one that is not whole, or names no line of the matrix, is a mistake."""
    (line,) = mark.args
    if line not in LINES or not mark.kwargs["how"] or not mark.kwargs["result"]:
        raise ValueError(line)
    return line, mark.kwargs["how"], mark.kwargs["result"]


def version_of(item: pytest.Item) -> str:
    """Return the PostgreSQL that a test runs on, or nothing where it runs on none."""
    found = re.search(r"pg(\d+)", item.nodeid)
    names = getattr(item, "fixturenames", ())
    if found:
        return found[1]
    if "database15" in names:
        return "15"
    return "18" if {"database18", "servers", "home"} & set(names) else ""
