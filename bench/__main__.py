"""Every benchmark in one run: a table of ratios, and docs/benchmarks.md with sizes, spread, versions and commands.

Run with ``python -m bench`` (or ``make bench``); ``--quick`` takes small sizes and few runs, ``--only NAME`` one of
the sections. Each section runs in a process of its own, so that one which fails takes no other with it.
"""

import argparse
import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from bench import machine
from bench.sections import SECTION, Section, as_markdown, as_text
from infra.cli.output import align

PAGE: Final = Path(__file__).parents[1] / "docs" / "benchmarks.md"
SECTIONS: Final = (
    "deploying",
    "where_time_goes",
    "row_security",
    "reading",
    "writing",
    "metrics",
    "kill_switch",
    "under_load",
    "conversion",
    "preview",
    "monitor",
    "pooling",
    "throughput",
    "fleet",
    "page",
)
#: What a quick round leaves out: sections that take long however small, each with a command of its own.
NOT_QUICK: Final = frozenset({"under_load", "preview", "monitor", "pooling", "fleet", "page"})
_LIMIT_SECONDS: Final = 900
_GRACE_SECONDS: Final = 60
_LAST_WORDS: Final = 300


@dataclass(frozen=True)
class Run:
    """What came of one section: its figures, or the words with which it failed."""

    name: str
    seconds: float
    section: Section | None = None
    failure: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether it came to its end, and everything that is not as it must be has a reason."""
        return self.section is not None and not self.section.unexplained

    def cells(self) -> tuple[str, ...]:
        """Return a row of texts: how many marks it has, and how many are reached."""
        if self.section is None:
            return (self.name, "", "", f"{self.seconds:.0f} s", f"failed: {self.failure}")
        judged = [row for row in self.section.rows if row.met is not None]
        missed = [row.what for row in judged if not row.met]
        reached = f"{len(judged) - len(missed)} of {len(judged)}" if judged else "none asked for"
        return (
            self.section.title,
            str(len(self.section.rows)),
            reached,
            f"{self.seconds:.0f} s",
            "; ".join(missed) and f"missed: {'; '.join(missed)}",
        )


_HEAD: Final = ("section", "figures", "marks reached", "took", "")


def run(name: str, *, quick: bool) -> Run:
    """Measure one section in a process group of its own, which is ended with everything that it started."""
    command = [sys.executable, "-m", "bench", "--measure", name, *(["--quick"] if quick else [])]
    begun = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - ourselves
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        try:
            out, err = child.communicate(timeout=_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGINT)
            _wait(child)
            return Run(name, time.perf_counter() - begun, failure=f"took longer than {_LIMIT_SECONDS} s")
        finally:
            _end(child)
    seconds = time.perf_counter() - begun
    if child.returncode:
        return Run(name, seconds, failure=" ".join(err.split())[-_LAST_WORDS:])
    return Run(name, seconds, SECTION.validate_json(out))


def _wait(child: subprocess.Popen[str]) -> None:
    """Let it take its servers away."""
    with suppress(subprocess.TimeoutExpired):
        child.communicate(timeout=_GRACE_SECONDS)


def _end(child: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def page(runs: Sequence[Run], head: Sequence[str]) -> Iterator[str]:
    """Yield the lines of docs/benchmarks.md."""
    yield from ("# Benchmarks", "")
    yield from (*head, "")
    yield from ("| " + " | ".join(cells) + " |" for cells in (_HEAD, ("---",) * len(_HEAD), *(r.cells() for r in runs)))
    yield ""
    for one in runs:
        if one.section:
            yield from as_markdown(one.section)


def describe(seconds: float, loads: tuple[float, float], *, quick: bool) -> list[str]:
    """Return in words what was run, when, and on what."""
    command = "make bench-quick" if quick else "make bench"
    tools = ", ".join(f"{name} {number}" for name, number in machine.versions().items())
    written = (
        f"Written by `{command}` on {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, commit {machine.commit()}, in"
        f" {seconds / 60:.1f} minutes. Every figure stands beside a peer or the least that it can take, measured in the"
        " same run. Figures are medians, in brackets the lowest and the highest; a ratio is ours over theirs."
    )
    where = (
        f"The machine: {machine.describe_machine()}; load average {loads[0]:.1f} before and {loads[1]:.1f} after."
        " Servers, loads and commands share it."
    )
    return [written, "", where, "", f"Versions: {tools}."]


def main() -> int:
    """Measure, show, write the page of a whole run, and return 1 where anything is not as it must be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, and few runs")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="this section; all where none is named")
    parser.add_argument(
        "--out", type=Path, help="write the page here; by default a whole run writes docs/benchmarks.md"
    )
    parser.add_argument("--measure", choices=SECTIONS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        section: Section = import_module(f"bench.{options.measure}").measure(quick=options.quick)
        sys.stdout.write(SECTION.dump_json(section).decode())
        return 0
    before, begun, runs = os.getloadavg()[0], time.perf_counter(), []
    for name in options.only or [one for one in SECTIONS if not (options.quick and one in NOT_QUICK)]:
        one = run(name, quick=options.quick)
        runs.append(one)
        lines = as_text(one.section) if one.section else (one.name, f"failed: {one.failure}")
        sys.stdout.write("\n".join([*lines, "", ""]))
        sys.stdout.flush()
    head = describe(time.perf_counter() - begun, (before, os.getloadavg()[0]), quick=options.quick)
    sys.stdout.write("\n".join([*head, "", *align([_HEAD, *(one.cells() for one in runs)]), ""]))
    out = options.out or (None if options.quick or options.only else PAGE)
    if out:
        out.write_text("\n".join(page(runs, head)), encoding="utf-8")
    return int(not all(one.is_fine for one in runs))


if __name__ == "__main__":
    sys.exit(main())
