"""What the monitor costs a large database, and how long a scrape takes, with a restart of the server in between.

Run with ``python -m bench.monitor``. It makes a server of its own in a temporary folder and takes it away. The metrics
are spread over the last thirty days, and more come while it is measured. A scrape is timed once a second; what the
monitor takes of the server is the processor time of its own backends, and what it says itself of the time of its
queries, whose first minute begins with nothing known. The server is restarted once: the monitor must say that it is
gone, and find it again.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, LiteralString

import httpx
import psycopg

from bench.filling import fill
from bench.ground import Ground, ground
from bench.sections import Mark, Row, Section, Spread
from infra.embedded.postgres import HOME_VARIABLE, ensure_running, stop
from infra.gates.watching import percentile

ROWS: Final = 200_000
SECONDS: Final = 60.0
#: Its gate counts most: a week of completion, alignment and stage times.
PHASE: Final = 3
#: What is asked for.
SCRAPE_MILLISECONDS: Final = 200.0
LOAD_PERCENT: Final = 2.0
DOWN_SECONDS: Final = 5.0
_NAME: Final = "rollout monitor"
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_LOAD: Final = re.compile(r"^pipeline_monitor_load_percent\{.*\} (\S+)$", re.MULTILINE)
_UP: Final = re.compile(r"^pipeline_up\{.*\} 1\.0$", re.MULTILINE)
_MORE: Final[LiteralString] = """
    INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, stage)
    SELECT p.id, 'performance', 'stage_completion', 1, 'skill-assessment'
      FROM (SELECT id FROM public.creator_profiles LIMIT 1) AS p, generate_series(1, 20)
"""


@dataclass
class Watched:
    """What was seen, second by second."""

    scrapes: list[float] = field(default_factory=list)
    ups: list[bool] = field(default_factory=list)
    told: list[float] = field(default_factory=list)
    ticks: dict[int, int] = field(default_factory=dict)
    """Processor time of each backend of the monitor, in clock ticks."""

    @property
    def busy_seconds(self) -> float:
        """Processor seconds of all of them."""
        return sum(self.ticks.values()) / _TICKS


@contextmanager
def monitoring(place: Ground) -> Iterator[str]:
    """Run the monitor as a person does, and yield its address."""
    command = [sys.executable, "-m", "infra.cli", "monitor", "--listen", "127.0.0.1:0"]
    environment = os.environ | {HOME_VARIABLE: str(place.home)}
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=place.project, env=environment, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout is not None
            yield running.stdout.readline().partition("/metrics")[0]
        finally:
            running.terminate()


@contextmanager
def writing(place: Ground) -> Iterator[None]:
    """Add twenty rows a second beside what is inside; a server that is gone is waited for."""
    ended = threading.Event()

    def write() -> None:
        while not ended.wait(1):
            try:
                with psycopg.connect(place.database.admin.dsn(), autocommit=True) as connection:
                    while not ended.wait(1):
                        connection.execute(_MORE)
            except psycopg.Error:
                continue

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def watch(place: Ground, address: str, seconds: float, watched: Watched) -> None:
    """Scrape once a second, and look at the monitor's backends."""
    end = time.monotonic() + seconds
    with httpx.Client(timeout=10) as client:
        while time.monotonic() < end:
            begun = time.perf_counter()
            text = client.get(f"{address}/metrics").text
            watched.scrapes.append(1000 * (time.perf_counter() - begun))
            watched.ups.append(bool(_UP.search(text)))
            if found := _LOAD.search(text):
                watched.told.append(float(found[1]))
            _look(place, watched)
            time.sleep(1)


def _look(place: Ground, watched: Watched) -> None:
    """Note the processor time of the monitor's backends; one that is gone keeps what it was last seen to have."""
    try:
        with psycopg.connect(place.database.admin.dsn()) as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [_NAME])
            pids = [int(row[0]) for row in rows]
    except psycopg.Error:
        return
    for pid in pids:
        file = Path(f"/proc/{pid}/stat")
        if file.exists():
            fields = file.read_text(encoding="utf-8").rpartition(")")[2].split()
            watched.ticks[pid] = int(fields[11]) + int(fields[12])


def _watched(place: Ground, seconds: float) -> tuple[Watched, Watched]:
    """Return what was seen before and after a restart of the server, which the monitor outlives."""
    before, after = Watched(), Watched()
    with monitoring(place) as address, writing(place):
        watch(place, address, seconds, before)
        stop(place.home)
        watch(place, address, DOWN_SECONDS, after)
        place.database = ensure_running(place.home)
        watch(place, address, seconds, after)
    return before, after


def document(rows: int, seconds: float, before: Watched, after: Watched) -> dict[str, object]:
    """Return the figures."""
    scrapes = sorted(before.scrapes + after.scrapes)
    return {
        "rows": rows,
        "scrapes": len(scrapes),
        "scrapeMillisecondsMedian": round(scrapes[len(scrapes) // 2], 1),
        "scrapeMillisecondsP95": round(percentile(scrapes), 1),
        "scrapeMillisecondsLongest": round(scrapes[-1], 1),
        "processorPercentBefore": round(100 * before.busy_seconds / seconds, 3),
        "processorPercentAfter": round(100 * after.busy_seconds / (seconds + DOWN_SECONDS), 3),
        "queryTimePercentTold": round((before.told + after.told)[-1], 3),
        "queryTimePercentFirstMinute": round(max(before.told[:60]), 3),
        "saidDown": False in after.ups,
        "backAfterSeconds": _back(after.ups),
        "loadAverage": round(os.getloadavg()[0], 1),
    }


def _back(ups: list[bool]) -> int | None:
    """Return how many scrapes, a second apart, it took from the first that said down to the next that said up."""
    down = ups.index(False) if False in ups else len(ups)
    return next((number for number, up in enumerate(ups[down:]) if up), None)


def faults(found: dict[str, object], before: Watched) -> Iterator[str]:
    """Yield what is not as it must be."""
    if float(str(found["scrapeMillisecondsP95"])) > SCRAPE_MILLISECONDS:
        yield f"scrapes take longer than {SCRAPE_MILLISECONDS:g} ms"
    for key in ("processorPercentBefore", "processorPercentAfter", "queryTimePercentTold"):
        if float(str(found[key] or 0)) > LOAD_PERCENT:
            yield f"{key} is above {LOAD_PERCENT:g} %"
    if not _survived(found, before):
        yield "the restart was not survived as it must be"


def _survived(found: dict[str, object], before: Watched) -> bool:
    """Whether the monitor said that the server was gone, and found it again."""
    return any(before.ups) and bool(found["saidDown"]) and found["backAfterSeconds"] is not None


def measure(*, quick: bool) -> Section:
    """Return what scrapes take, against a health check, and what the monitor takes of the server."""
    rows, seconds = (20_000, 5.0) if quick else (ROWS, 15.0)
    with deployed(rows) as place:
        with monitoring(place) as address, httpx.Client(timeout=10) as client:
            checks = [_timed(client, f"{address}/health") for _ in range(10)]
        before, after = _watched(place, seconds)
    found = document(rows, seconds, before, after)
    if not _survived(found, before):
        raise RuntimeError("the monitor did not survive the restart of the server as it must")
    scrapes, busy = before.scrapes + after.scrapes, float(str(found["processorPercentBefore"]))
    text = (
        f"A monitor beside {rows:,} metrics of thirty days, with twenty more a second, a scrape a second, and a restart"
        " of the server, which it told and survived."
    )
    all_rows = (
        Row("a scrape", Spread.of(scrapes), "its health check", Spread.of(checks), Mark.at_most(SCRAPE_MILLISECONDS)),
        Row(
            "its share of a processor",
            Spread.of([busy], "%"),
            "what it may take",
            Spread.of([LOAD_PERCENT], "%"),
            Mark.ratio_at_most(1),
        ),
    )
    return Section("The monitor", text, all_rows, "python -m bench.monitor")


def _timed(client: httpx.Client, address: str) -> float:
    begun = time.perf_counter()
    client.get(address)
    return 1000 * (time.perf_counter() - begun)


@contextmanager
def deployed(rows: int) -> Iterator[Ground]:
    """Yield a deployed pipeline with so many metrics."""
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder:
        Path(folder).chmod(0o711)
        with ground(Path(folder) / "1") as place:
            place.enter(PHASE)
            done = place.rollout("up", "--yes")
            if done.code:
                raise RuntimeError(done.said)
            fill(place, rows)
            yield place


def main() -> int:
    """Measure, print the figures, and return 1 when any is not as it must be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of pipeline_metrics")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long before, and after, the restart")
    options = parser.parse_args()
    with deployed(options.rows) as place:
        before, after = _watched(place, options.seconds)
    found = document(options.rows, options.seconds, before, after)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    wrong = list(faults(found, before))
    sys.stderr.writelines(f"{text}\n" for text in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
