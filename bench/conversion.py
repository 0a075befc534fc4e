"""The metrics brought from one table to months and back while the application writes: what it feels of that.

Run with ``python -m bench.conversion``. The operations are the real command with the stack file's `metrics` changed,
beside two writers and two readers; how long it takes is held against one statement that copies the same rows.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Final, LiteralString

import psycopg

from bench.figures import Figures
from bench.ground import CREATORS, Ended, Ground, ground
from bench.loading import make_creators
from bench.sections import Mark, Row, Section, Spread, alone
from bench.under_load import BLOCKED_SECONDS, THINK_MILLISECONDS, Bench, Operation
from infra.database.ladder import RUNGS

ROWS: Final = 1_000_000
QUICK_ROWS: Final = 50_000
#: What a statement of the application may take, in milliseconds.
LONGEST: Final = 100.0
_FILL: Final[LiteralString] = """
    INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, recorded_at)
    SELECT p.id, 'quality', 'readiness_score', n %% 100, now() - n * interval '400 days' / %(each)s
      FROM public.creator_profiles AS p, generate_series(1, %(each)s) AS n
"""
_COLUMNS: Final[LiteralString] = (
    "id, creator_profile_id, metric_type, metric_name, metric_value, metric_unit, stage, recorded_at, metadata"
)
#: The least that copying takes: one statement, with nobody beside it, into the same partitions with the same indexes.
_AT_ONCE: Final[tuple[LiteralString, ...]] = (
    "DROP TRIGGER pipeline_metrics_carry ON public.pipeline_metrics",
    "TRUNCATE pipeline_private.pipeline_metrics",
    f"INSERT INTO pipeline_private.pipeline_metrics ({_COLUMNS}) SELECT {_COLUMNS} FROM public.pipeline_metrics",  # noqa: S608 - literals
)
_FLOOR: Final = "INSERT … SELECT of all rows, nobody beside it"
_BOTH: Final[LiteralString] = """
    SELECT (SELECT count(*) FROM public.pipeline_metrics), (SELECT count(DISTINCT id) FROM public.pipeline_metrics),
           (SELECT count(*) FROM pipeline_private.pipeline_metrics)
"""

_QUEUED: Final = (
    "it stood behind the exchange for {wait:.0f} ms, which itself waits for {rung} ms at first for whoever is at the"
    " table, steps back, and tries again"
)
_BUSY: Final = "no lock, but two busy cores: copying, comparing and the load share them (docs/under-load.md)"


def _bring(*, months: bool) -> Operation:
    def act(place: Ground) -> Ended:
        place.enter(1)
        with (place.project / "Pulumi.dev.yaml").open("a", encoding="utf-8") as file:
            file.write(f"  creative-pipeline:metrics: {{partitioned: {'true' if months else 'false'}}}\n")
        return place.rollout("up", "--yes")

    return Operation("one table to months" if months else "months to one table", "pipeline", act)


def measure(*, quick: bool) -> Section:
    """Return the longest statement of the application on the way and on the way back, and how long copying takes."""
    rows = QUICK_ROWS if quick else ROWS
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder:
        Path(folder).chmod(0o711)
        bench = Bench(Path(folder), THINK_MILLISECONDS, BLOCKED_SECONDS)
        with ground(Path(folder) / "conversion") as place:
            _prepare(place, rows)
            least = bench.alone(place, "pipeline")
            way = bench.measure(place, _bring(months=True))
            back = bench.measure(place, _bring(months=False))
            total, distinct, kept = _count(place)
            at_once = _copy_at_once(place)
    astray = len(way.lost) + len(back.lost) + (total - distinct) + abs(total - kept)
    text = (
        f"`pipeline_metrics` with {rows:,} rows over 13 months, two writers and two readers: `rollout up` with"
        " `metrics.partitioned` set, and taken back. Nothing may fail, be lost or be there twice."
    )
    failed = Spread.of([len(way.failed) + len(back.failed) + astray], "of them")
    none, floor = Spread.of([len(least.failed)], "of them"), Spread.of([at_once], "s")
    found = (
        _felt(way, least),
        _felt(back, least),
        Row("transactions failed; rows lost or doubled", failed, "the load alone", none, Mark.at_most(0)),
        Row(
            "the way, all of `up`",
            Spread.of([way.took / 1000], "s"),
            _FLOOR,
            floor,
            note="it rests for half as long as it works",
        ),
        Row(
            "the way back, all of `up`",
            Spread.of([back.took / 1000], "s"),
            _FLOOR,
            floor,
            note="compares, and copies nothing",
        ),
    )
    return Section("Converting the metrics", text, found, "python -m bench.conversion")


def _prepare(place: Ground, rows: int) -> None:
    ended = place.rollout("up", "--yes")
    if ended.code:
        raise RuntimeError(ended.said)
    place.creators = make_creators(place.database.admin, CREATORS)
    place.sql(_FILL, values={"each": rows // CREATORS})
    place.sql("VACUUM ANALYZE public.pipeline_metrics")


def _felt(one: Figures, least: Figures) -> Row:
    name = f"{one.name}: the application's longest statement"
    note = f"p99.9 {one.tail:.1f} ms, longest wait for a lock {one.longest_wait:.0f} ms"
    longest, floor = Spread.of([one.longest]), Spread.of([least.longest])
    return Row(name, longest, "the load alone", floor, Mark.at_most(LONGEST), why=why_long(one), note=note)


def why_long(one: Figures) -> str:
    """Return why the longest statement was so long, where what was seen tells."""
    if one.longest_wait >= one.longest / 2:
        return _QUEUED.format(wait=one.longest_wait, rung=RUNGS[0])
    return _BUSY if one.waited_for_none else ""


def _count(place: Ground) -> tuple[int, int, int]:
    with psycopg.connect(place.database.admin.dsn(), autocommit=True) as connection:
        row = connection.execute(_BOTH).fetchone()
    return row or (0, 0, 0)


def _copy_at_once(place: Ground) -> float:
    """Return how long one statement takes for all rows, in seconds."""
    with psycopg.connect(place.database.admin.dsn(), autocommit=True) as connection:
        for statement in _AT_ONCE[:-1]:
            connection.execute(statement)
        begun = time.perf_counter()
        connection.execute(_AT_ONCE[-1])
        return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(alone(measure))
