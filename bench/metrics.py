"""The gates over a week of metrics, by the rollup and by the rows alone, and what its triggers cost whoever writes.

Run with ``python -m bench.metrics`` (``--quick`` for 200,000 rows instead of 10,000,000). It makes servers of its own
in a temporary folder, and takes them away. Rows are written by an application's role, one a statement and a hundred a
statement, into the plain table with the triggers, by month with them, and plain without. Then a week is loaded, into a
table that is not logged, and indexed after; the rollup is filled, one hour is computed anew, and the gates of the
phases are measured, each criterion that reads metrics, by the rollup and by the rows in turn.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
from psycopg.rows import scalar_row

from bench.filling import without_indexes
from bench.ground import Ground, ground
from bench.loading import make_creators
from bench.sections import Mark, Row, Section, Spread, alone
from infra.database.metrics_rollup import read_standing, refresh, refresh_all
from infra.database.session import Session, open_session
from infra.ddl.templates import catalog_query
from infra.gates.queries import ROLLED_UP, query_figures, query_name
from infra.gates.reading import read_only
from infra.models.criterion import Criterion, SqlSource
from infra.pipeline.gates import criteria
from infra.pipeline.names import SERVICE, STAGES

ROWS: Final = 10_000_000
QUICK_ROWS: Final = 200_000
#: What is asked for.
GATE_MILLISECONDS: Final = 100.0
INSERT_RATIO: Final = 0.9
_CREATORS: Final = 1000
_GATES: Final = (3, 4, 5)
_BATCH: Final = 100
_BY_MONTH: Final = "  creative-pipeline:metrics: {partitioned: true}\n"
_INSERT: Final[LiteralString] = """
INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, metric_unit, stage)
VALUES (%s, 'performance', 'stage_processing_time', %s, 'ms', 'skill-assessment')"""
_INSERT_MANY: Final[LiteralString] = """
INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, metric_unit, stage)
SELECT w.profile, 'performance', 'stage_processing_time', w.value, 'ms', 'skill-assessment'
  FROM unnest(%s::uuid[], %s::numeric[]) AS w (profile, value)"""
#: Ids in order: nothing here reads by them, and their index is made in no time. Most stages take a short time, some a
#: long one.
_FILL: Final[LiteralString] = """
INSERT INTO public.pipeline_metrics
       (id, creator_profile_id, metric_type, metric_name, metric_value, stage, recorded_at)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, p.ids[1 + n %% array_length(p.ids, 1)],
       k.types[1 + n %% 7], k.names[1 + n %% 7],
       CASE n %% 7 WHEN 0 THEN (random() < 0.9)::int WHEN 1 THEN 200 + 900 * -ln(1 - random()) ELSE 100 * random() END,
       k.stages[1 + (n / 7) %% array_length(k.stages, 1)],
       %(now)s::timestamptz - interval '7 days' * (1 - n::float8 / %(rows)s)
  FROM (SELECT array_agg(id) AS ids FROM public.creator_profiles) AS p,
       (SELECT '{conversion,performance,quality,quality,performance,business,business}'::text[] AS types,
               '{stage_completion,stage_processing_time,cultural_alignment_score,readiness_score,stage_start,
                 projected_monthly_revenue,economic_validation_score}'::text[] AS names,
               %(stages)s::text[] AS stages) AS k,
       generate_series(0, %(rows)s - 1) AS n"""
#: Phase 2 had the first half of the week.
_LEDGER: Final[LiteralString] = """
INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, to_value, recorded_at)
SELECT 'phase', 'phase', 'bench', w.phase, %(now)s::timestamptz - interval '1 day' * w.days
  FROM (VALUES ('2', 7), ('3', 3.5)) AS w (phase, days)"""


@dataclass(frozen=True)
class Sizes:
    """How much is done."""

    rows: int
    rounds: int
    singles: int
    batches: int
    by_rollup: int
    by_rows: int


#: What was seen where a mark was missed.
_EDGES: Final = (
    "a third of it are rows of the hours at both ends, read so that nothing is late; gate 3 took 62 and 115 ms within"
    " an hour on one machine"
)
_AGE: Final = "a trigger looks at the age of each row; 0.90 to 0.98 in several runs, and a busy disk hides either"
_FULL: Final = Sizes(ROWS, rounds=9, singles=300, batches=60, by_rollup=7, by_rows=2)
_QUICK: Final = Sizes(QUICK_ROWS, rounds=3, singles=100, batches=20, by_rollup=5, by_rows=3)


def measure(*, quick: bool) -> Section:
    """Measure the inserts, then the week."""
    sizes = _QUICK if quick else _FULL
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder:
        Path(folder).chmod(0o711)
        with _deployed(Path(folder) / "1") as place:
            with _deployed(Path(folder) / "2", _BY_MONTH) as months:
                inserts = tuple(_inserts(place, months, sizes))
            week = tuple(_week(place, sizes))
    text = (
        f"{sizes.rows:,} rows of `pipeline_metrics` in seven days, of seven names, in a table that is not logged."
        " A gate is all its criteria that read metrics. Inserts are an application's, each a transaction."
    )
    return Section("Metrics at scale", text, (*week, *inserts), "python -m bench.metrics")


@contextmanager
def _deployed(folder: Path, more: str = "") -> Iterator[Ground]:
    with ground(folder) as place:
        place.enter(3)
        file = place.project / "Pulumi.dev.yaml"
        file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
        done = place.rollout("up", "--yes")
        if done.code:
            raise RuntimeError(done.said)
        make_creators(place.database.admin, _CREATORS)
        yield place


def _inserts(place: Ground, months: Ground, sizes: Sizes) -> Iterator[Row]:
    """Yield what is written a second with the triggers and without, one after the other in each round."""
    with ExitStack() as stack:
        plain, divided = (stack.enter_context(_writer(item)) for item in (place, months))
        for what, write, number, waits in (
            ("one row a statement", _singles, sizes.singles, True),
            (f"{_BATCH} rows a statement", _batches, sizes.batches, True),
            ("one row a statement, not waiting for the disk", _singles, 4 * sizes.singles, False),
        ):
            for writer in (plain, divided):
                writer.wait(on=waits)
            rates: dict[str, list[float]] = {"with": [], "months": [], "without": []}
            for _ in range(sizes.rounds + 1):
                rates["with"].append(write(plain, number))
                _watch(place, on=False)
                rates["without"].append(write(plain, number))
                _watch(place, on=True)
                rates["months"].append(write(divided, number))
            ours, by_month, floor = (Spread.of(rates[key][1:], "rows/s") for key in ("with", "months", "without"))
            # Without the disk it is the server's processor alone, which no application feels: shown only.
            mark = Mark.ratio_at_least(INSERT_RATIO) if waits else None
            yield Row(f"inserts, {what}", ours, "the plain table without the triggers", floor, mark, _AGE)
            yield Row(f"inserts by month, {what}", by_month, "the plain table without the triggers", floor, mark, _AGE)


@dataclass(frozen=True)
class Writer:
    """A connection of the application's role, and whom it writes about."""

    connection: psycopg.Connection[Any]
    profiles: list[str]

    def wait(self, *, on: bool) -> None:
        """Wait for the disk at each commit, as a server does by default, or do not."""
        self.connection.execute(b"SET synchronous_commit = on" if on else b"SET synchronous_commit = off")


@contextmanager
def _writer(place: Ground) -> Iterator[Writer]:
    with psycopg.connect(place.database.admin.dsn(), autocommit=True, row_factory=scalar_row) as connection:
        profiles = connection.execute("SELECT id::text FROM public.creator_profiles").fetchall()
        connection.execute(f"SET ROLE {SERVICE}".encode())
        yield Writer(connection, profiles)


def _watch(place: Ground, *, on: bool) -> None:
    action: LiteralString = "ENABLE" if on else "DISABLE"
    with psycopg.connect(place.database.admin.dsn(), autocommit=True) as connection:
        for event in ("insert", "delete", "update", "truncate"):
            text = f"ALTER TABLE public.pipeline_metrics {action} TRIGGER pipeline_metrics_mark_{event}"
            connection.execute(text.encode())


def _singles(writer: Writer, number: int) -> float:
    begun = time.perf_counter()
    for n in range(number):
        writer.connection.execute(_INSERT, (writer.profiles[n % _CREATORS], n), prepare=True)
    return number / (time.perf_counter() - begun)


def _batches(writer: Writer, number: int) -> float:
    begun = time.perf_counter()
    values = list(range(_BATCH))
    for n in range(number):
        profiles = [writer.profiles[(n + value) % _CREATORS] for value in values]
        writer.connection.execute(_INSERT_MANY, (profiles, values), prepare=True)
    return number * _BATCH / (time.perf_counter() - begun)


def _week(place: Ground, sizes: Sizes) -> Iterator[Row]:
    """Yield what the gates take over a week, and what the rollup does."""
    now = datetime.now(UTC)
    loaded = _load(place, sizes.rows, now)
    with open_session(place.database.deployer, application_name="bench metrics") as session:
        gates = {gate: list(_criteria(gate)) for gate in _GATES}
        filled = _seconds(lambda: list(refresh_all(session)))
        standing = read_standing(session)
        held = f"{place_rows(session):,} rows of rollup"
        if standing is None:
            raise RuntimeError("nothing was computed")
        for gate, wanted in gates.items():
            by_rollup: list[float] = []
            by_rows: list[float] = []
            for number in range(sizes.by_rollup):
                by_rollup.append(_milliseconds(partial(_by_rollup, session, wanted, now)))
                if number < sizes.by_rows:
                    by_rows.append(_milliseconds(partial(_by_rows, session, wanted, now)))
            ours, theirs = Spread.of(by_rollup), Spread.of(by_rows)
            names = ", ".join(item.name.value for item in wanted)
            mark = Mark.at_most(GATE_MILLISECONDS)
            yield Row(f"gate {gate} over 7 days", ours, "the rows alone", theirs, mark, _EDGES, names)
        again = [_again(place, session, number) for number in range(sizes.by_rollup)]
        hour = sizes.rows / (7 * 24)
        yield Row(
            "one hour computed anew",
            Spread.of(again),
            "its rows, read once",
            Spread.of([_milliseconds(lambda: _read_hour(session)) for _ in again]),
            note=f"{hour:,.0f} rows",
        )
    yield Row(
        "the first fill",
        Spread.of([sizes.rows / filled], "rows/s"),
        "loading the rows, with their indexes",
        Spread.of([sizes.rows / loaded], "rows/s"),
        note=held,
    )


def _load(place: Ground, rows: int, now: datetime) -> float:
    """Load the week and return how many seconds it took."""
    with psycopg.connect(place.database.admin.dsn(), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("TRUNCATE public.pipeline_metrics")
        connection.execute("ALTER TABLE public.pipeline_metrics SET UNLOGGED")
        begun = time.perf_counter()
        with without_indexes(connection, "public.pipeline_metrics"):
            connection.execute(_FILL, {"now": now, "rows": rows, "stages": list(STAGES)})
        taken = time.perf_counter() - begun
        connection.execute(_LEDGER, {"now": now})
        connection.execute("VACUUM (ANALYZE) public.pipeline_metrics")
    return taken


def place_rows(session: Session) -> int:
    """Return how many rows the rollup has."""
    return int(session.query("SELECT count(*) AS number FROM pipeline_private.metrics_rollup")[0]["number"])


def _criteria(gate: int) -> Iterator[Criterion]:
    for item in criteria(gate):
        if isinstance(item.source, SqlSource) and item.source.measure in ROLLED_UP:
            yield item


def _by_rollup(session: Session, wanted: list[Criterion], now: datetime) -> None:
    for item in wanted:
        assert isinstance(item.source, SqlSource)
        figures = query_figures(session, item, item.source, now)
        if not figures.samples:
            raise RuntimeError(f"{item.name} has no samples")


def _by_rows(session: Session, wanted: list[Criterion], now: datetime) -> None:
    for item in wanted:
        assert isinstance(item.source, SqlSource)
        window = {"start": now - item.window, "finish": now, "parts": item.consecutive, "phase": item.gate - 1}
        with read_only(session):
            session.query(catalog_query(query_name(item.source, item.baseline)), window)


def _again(place: Ground, session: Session, number: int) -> float:
    """Change a row of an hour in the middle, and return how long the hour takes to be computed anew."""
    with psycopg.connect(place.database.admin.dsn(), autocommit=True) as connection:
        connection.execute(
            "UPDATE public.pipeline_metrics SET metric_unit = 'n' WHERE id = ("
            "SELECT id FROM public.pipeline_metrics WHERE recorded_at > now() - interval '1 hour' * %s"
            " ORDER BY recorded_at LIMIT 1)",
            [48 + number],
        )
    return _milliseconds(lambda: refresh(session, 1))


def _read_hour(session: Session) -> None:
    session.query(
        "SELECT avg(metric_value), max(recorded_at) FROM public.pipeline_metrics"
        " WHERE recorded_at >= now() - interval '49 hours' AND recorded_at < now() - interval '48 hours'"
    )


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _milliseconds(work: Callable[[], object]) -> float:
    return 1000 * _seconds(work)


if __name__ == "__main__":
    sys.exit(alone(measure))
