"""The rollup of the metrics tells what the rows tell: averages to the digit, quantiles nearly, never late."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from infra.ddl.templates import catalog_query
from infra.gates.queries import query_name
from infra.models.criterion import Baseline, Measure, SqlSource
from infra.models.gate import CriterionName as Name
from infra.pipeline.metrics_rollup import RELATIVE_ERROR
from infra.pipeline.names import MONITOR
from tests.gates.ground import Ground

_INSERT: Final = """
INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, stage, recorded_at)
VALUES (%s, 'quality', %s, %s, %s, %s)"""
_P95_OF_ROWS: Final = """
SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY metric_value::float8) AS p95 FROM public.pipeline_metrics
 WHERE metric_name = 'stage_processing_time' AND metric_value >= 0 AND metric_value <> 'NaN'
   AND recorded_at >= %(start)s AND recorded_at < %(finish)s"""
_P95_OF_ROLLUP: Final = """
SELECT pipeline_private.quantile_bounds(0.95, array_agg(number ORDER BY bucket), array_agg(least ORDER BY bucket),
                                        array_agg(most ORDER BY bucket)) AS p95
  FROM pipeline_private.metrics_between('{stage_processing_time}', %(start)s, %(finish)s)"""
_AVERAGES: Final = (
    (Measure.COMPLETION, Baseline.NONE),
    (Measure.ALIGNMENT, Baseline.NONE),
    (Measure.ALIGNMENT, Baseline.TREND),
)
_NAMES: Final = ("stage_completion", "cultural_alignment_score", "stage_processing_time")
_STAGES: Final = (None, "skill-assessment", "completed")


@dataclass
class Metrics:
    """The metrics of one creator, by the rows and by the rollup, and transactions that are not over."""

    ground: Ground
    creator: str
    admin: psycopg.Connection[Any]
    open: list[psycopg.Connection[Any]] = field(default_factory=list)

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement as the superuser."""
        cursor = self.admin.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []

    def insert(self, name: str, value: object, ago: timedelta, stage: str | None = None) -> None:
        """Write a row that was recorded so long ago."""
        self.run(_INSERT, self.creator, name, value, stage, datetime.now(UTC) - ago)

    def begin(self, name: str, value: object, ago: timedelta, *, watched: bool = True) -> None:
        """Write a row in a transaction that stays open; unwatched, it marks nothing, as if it had been written then."""
        connection = psycopg.connect(self.ground.database.admin.dsn())
        self.open.append(connection)
        if not watched:
            connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(_INSERT, (self.creator, name, value, None, datetime.now(UTC) - ago))

    def end(self, *, commit: bool = True) -> None:
        """Commit the open transactions, or let them go."""
        for connection in self.open:
            if commit:
                connection.commit()
            connection.close()
        self.open.clear()

    def refresh(self, hours: int = 1000) -> int:
        """Compute up to so many hours."""
        return int(self.run("SELECT pipeline_private.refresh_metrics_rollup(%s)", hours)[0][0])

    def hours(self) -> int:
        """Return how many hours the rollup has rows of."""
        return int(self.run("SELECT count(DISTINCT hour) FROM pipeline_private.metrics_rollup")[0][0])

    def agree(self, start: timedelta, finish: timedelta, parts: int = 1) -> None:
        """Show that rows and rollup tell the same of a window."""
        now = datetime.now(UTC)
        window = {"start": now - start, "finish": now - finish, "parts": parts}
        session = self.ground.session
        for measure, baseline in _AVERAGES:
            names = [query_name(SqlSource(measure=measure), baseline, rolled_up=told) for told in (False, True)]
            by_rows, by_rollup = (session.query(catalog_query(name), window) for name in names)
            if baseline is Baseline.NONE:
                assert by_rollup == by_rows, measure
            else:
                values = [[row.pop("value") for row in rows] for rows in (by_rows, by_rollup)]
                assert by_rollup == by_rows, measure
                for by_row, by_hour in zip(*values, strict=True):
                    assert by_hour == (None if by_row is None else pytest.approx(by_row, rel=1e-6, abs=2e-6))
        true = session.query(_P95_OF_ROWS, window)[0]["p95"]
        told = session.query(_P95_OF_ROLLUP, window)[0]["p95"]
        if true is None:
            assert told is None
        else:
            assert told[1] == pytest.approx(true, rel=RELATIVE_ERROR)
            assert told[0] - 1e-9 <= true <= told[2] + 1e-9


@contextmanager
def metrics_of(ground: Ground) -> Iterator[Metrics]:
    """Yield a creator's metrics; no transaction is left."""
    with psycopg.connect(ground.database.admin.dsn(), autocommit=True) as admin:
        made = Metrics(ground, ground.creator(), admin)
        try:
            yield made
        finally:
            made.end(commit=False)


_HOURS: Final = st.integers(0, 40 * 4).map(lambda quarters: timedelta(minutes=15 * quarters, seconds=7))
_VALUES: Final = st.one_of(
    st.integers(0, 1),
    st.floats(0, 100).map(lambda value: round(value, 2)),
    st.integers(100, 90_000_000),
    st.sampled_from(["NaN", -1, 0.01]),
)
_ROWS: Final = st.tuples(st.sampled_from(_NAMES), _VALUES, _HOURS)
_STEPS: Final = st.one_of(
    st.tuples(st.just("insert"), st.lists(_ROWS, min_size=1, max_size=6)),
    st.tuples(st.sampled_from(["begin", "delete", "move", "change"]), _ROWS),
    st.tuples(st.just("refresh"), st.sampled_from([1, 5, 1000])),
    st.tuples(st.sampled_from(["commit", "roll back", "truncate"]), st.none()),
)


def _take(metrics: Metrics, step: str, given: Any) -> None:
    run = metrics.run
    if step == "insert":
        for row in given:
            metrics.insert(*row)
    elif step == "begin" and not metrics.open:
        metrics.begin(*given)
    elif step == "refresh":
        metrics.refresh(given)
    elif step in {"commit", "roll back"}:
        metrics.end(commit=step == "commit")
    elif step == "truncate" and not metrics.open:
        run("TRUNCATE public.pipeline_metrics")
    elif step in {"delete", "move", "change"}:
        name, value, ago = given
        values = {"name": name, "value": value, "at": datetime.now(UTC) - ago}
        texts = {
            "delete": "DELETE FROM public.pipeline_metrics WHERE metric_name = %s AND recorded_at < %s",
            "move": "UPDATE public.pipeline_metrics SET recorded_at = %s WHERE metric_name = %s",
            "change": "UPDATE public.pipeline_metrics SET metric_value = %s WHERE metric_name = %s",
        }
        keys = {"delete": ("name", "at"), "move": ("at", "name"), "change": ("value", "name")}
        run(texts[step], *(values[key] for key in keys[step]))


def _walk(ground: Ground, examples: int) -> None:
    with metrics_of(ground) as metrics:

        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(_STEPS, min_size=2, max_size=12), _HOURS, st.integers(1, 3))
        def walk(steps: list[tuple[str, Any]], start: timedelta, parts: int) -> None:
            metrics.end(commit=False)
            metrics.run("TRUNCATE public.pipeline_metrics")
            for number in range(12):
                metrics.insert(_NAMES[number % 3], number % 2, timedelta(hours=3 * number, minutes=5))
            for step, what in [*steps, ("refresh", 1000)]:
                _take(metrics, step, what)
                metrics.agree(start + timedelta(hours=1), timedelta(), parts)
                metrics.agree(timedelta(hours=40), start)
            metrics.end()
            metrics.agree(timedelta(hours=40), timedelta())

        walk()


def test_rows_and_rollup_tell_the_same(ground_everywhere: Ground) -> None:
    """Whatever is written, changed, deleted, left open or refreshed in between, of any window."""
    _walk(ground_everywhere, 8)


@pytest.mark.full
def test_rows_and_rollup_tell_the_same_for_long(ground_everywhere: Ground) -> None:
    """The same, for longer."""
    _walk(ground_everywhere, 300)


def test_an_open_transaction_holds_the_watermark(ground: Ground) -> None:
    """What was written in time and is committed late is never missed: its hour is not computed before."""
    with metrics_of(ground) as metrics:
        old = timedelta(hours=3)
        metrics.insert("cultural_alignment_score", 50, old)
        metrics.begin("cultural_alignment_score", 90, old, watched=False)
        assert metrics.refresh() == 0, "a transaction may still write there"
        assert metrics.refresh() == 0
        metrics.end()
        metrics.agree(2 * old, timedelta())
        assert metrics.refresh() == 1
        metrics.agree(2 * old, timedelta())
        assert ground.row(Name.ALIGNMENT_AVERAGE).samples == 2
        metrics.begin("readiness_score", 1, timedelta())
        metrics.insert("cultural_alignment_score", 10, old)
        assert metrics.refresh() == 1, "a marked hour waits for nobody"
        metrics.agree(2 * old, timedelta())


def test_whatever_was_not_watched_over_is_forgotten(ground: Ground) -> None:
    """A trigger that was off, or gone and made anew, has seen nothing meanwhile: all is read raw, and computed anew."""
    with metrics_of(ground) as metrics:
        old = timedelta(hours=3)
        for hours in range(1, 6):
            metrics.insert("stage_completion", hours % 2, timedelta(hours=hours))
        assert metrics.refresh() == metrics.hours() > 0
        for action in ("DISABLE", "ENABLE"):
            ground.run(f"ALTER TABLE public.pipeline_metrics {action} TRIGGER pipeline_metrics_mark_insert")
            metrics.insert("stage_completion", 1, old)
            metrics.agree(2 * old, timedelta())
            if action == "DISABLE":
                with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="triggers"):
                    metrics.refresh()
        assert metrics.refresh() == metrics.hours()
        metrics.agree(2 * old, timedelta())


def test_two_refreshes_do_not_meet(ground: Ground) -> None:
    """One that is under way lets the other go; nobody waits, and nobody computes an hour twice."""
    with metrics_of(ground) as metrics:
        metrics.insert("stage_completion", 1, timedelta(hours=3))
        with psycopg.connect(ground.database.admin.dsn()) as other:
            other.execute("SELECT pipeline_private.refresh_metrics_rollup(10)")
            assert metrics.refresh() == 0
        assert metrics.refresh() == 0
        assert metrics.hours() == 1


def test_an_erased_creator_leaves_nothing(ground: Ground) -> None:
    """Deleting a creator marks the hours; once they are computed anew nothing of the creator is in them."""
    with metrics_of(ground) as metrics:
        metrics.insert("cultural_alignment_score", 50, timedelta(hours=3))
        metrics.refresh()
        ground.run("DELETE FROM public.creator_profiles WHERE id = %s", metrics.creator)
        assert ground.row(Name.ALIGNMENT_AVERAGE).why == "no data"
        assert metrics.refresh() == 1
        assert metrics.hours() == 0
        assert ground.run("SELECT count(*) FROM pipeline_private.metrics_rollup_stale")[0][0] == 0


def test_an_ordinary_row_marks_nothing(ground: Ground) -> None:
    """What is written as it is recorded costs no mark; what is older costs one for each hour and transaction."""
    with metrics_of(ground) as metrics:
        metrics.insert("stage_completion", 1, timedelta(minutes=5))
        assert ground.run("SELECT count(*) FROM pipeline_private.metrics_rollup_stale")[0][0] == 0
        ground.run(
            "INSERT INTO public.pipeline_metrics"
            " (creator_profile_id, metric_type, metric_name, metric_value, recorded_at)"
            " SELECT %s, 'quality', 'stage_start', 1, date_trunc('hour', now()) - interval '2h' + n * interval '1s'"
            " FROM generate_series(0, 3599) AS n",
            metrics.creator,
        )
        assert ground.run("SELECT count(*) FROM pipeline_private.metrics_rollup_stale")[0][0] == 1


def test_a_close_threshold_is_decided_by_the_rows(ground: Ground) -> None:
    """A p95 that is within one per cent of its threshold is measured by the rows; one that is far off is not."""
    with metrics_of(ground) as metrics:
        ground.backdate({"2": timedelta(days=20), "3": timedelta(days=6)})
        for number in range(40):
            metrics.insert("stage_processing_time", 1000 + number % 2, timedelta(days=10, minutes=number))
            metrics.insert("stage_processing_time", 1100 + number % 2, timedelta(days=2, minutes=number))
        metrics.refresh()
        row = ground.row(Name.STAGE_TIME)
        assert (row.why.count("within 1 %"), row.samples) == (0, 40), row.why
        ground.run("UPDATE public.pipeline_metrics SET metric_value = metric_value * 1.5 WHERE metric_value >= 1100")
        metrics.refresh()
        row = ground.row(Name.STAGE_TIME)
        assert "each within 1 %" in row.why
        assert row.values[0] == pytest.approx(65, abs=3)


def test_the_monitor_refreshes_and_reads(ground: Ground) -> None:
    """The monitor's own role may compute and read the rollup, and write nothing else."""
    with metrics_of(ground) as metrics:
        metrics.insert("stage_completion", 1, timedelta(hours=3))
        with ground.database.connect(user="admin") as connection:
            connection.execute(f"SET ROLE {MONITOR}")
            assert connection.execute("SELECT pipeline_private.refresh_metrics_rollup(10)").fetchone() == (1,)
            query = "SELECT number FROM pipeline_private.metrics_between(%s, now() - interval '1 day', now())"
            assert connection.execute(query, [["stage_completion"]]).fetchone() == (1,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("DELETE FROM pipeline_private.metrics_rollup")
