"""A table is converted while it is written to: no transaction fails, no row is lost, comes back or is there twice."""

import threading
import time
from typing import Final, LiteralString

import pytest

from infra.errors import RolloutError
from tests.clusters import Database, connect
from tests.conversion.ground import DIVIDED, PLAIN, Ground
from tests.conversion.writers import Writer, writing


def _judge(ground: Ground, writers: list[Writer]) -> None:
    assert [failure for writer in writers for failure in writer.failures] == []
    with ground.database.connect(user="admin") as connection:
        assert [mistake for writer in writers for mistake in writer.mistakes(connection)] == []
    assert all(writer.transactions > 20 for writer in writers)
    assert sum(writer.erased for writer in writers) > 0
    assert ground.same()


def test_forth_and_back_under_two_writers(ground: Ground) -> None:
    with writing(ground.database.admin) as writers:
        ground.bring(PLAIN, DIVIDED)
        time.sleep(0.3)
        ground.bring(DIVIDED, PLAIN)
        time.sleep(0.3)
    _judge(ground, writers)


@pytest.mark.full
def test_a_million_rows_under_two_writers(database: Database) -> None:
    """Forth and back; milliseconds are the benchmark's."""
    ground = Ground(database, rows=20_000)
    try:
        with writing(database.admin) as writers:
            ground.bring(PLAIN, DIVIDED)
            ground.bring(DIVIDED, PLAIN)
        _judge(ground, writers)
        assert ground.ask("SELECT count(*) >= 1000003 FROM public.pipeline_metrics") == [(True,)]
    finally:
        ground.close()


CHANGES: Final[tuple[LiteralString, ...]] = (
    """UPDATE public.pipeline_metrics SET metric_value = metric_value + 1 WHERE id IN
       (SELECT id FROM public.pipeline_metrics ORDER BY id DESC LIMIT 9)""",
    """UPDATE public.pipeline_metrics SET recorded_at = recorded_at - interval '17 days' WHERE id IN
       (SELECT id FROM public.pipeline_metrics ORDER BY id LIMIT 9)""",
    "DELETE FROM public.pipeline_metrics WHERE id IN (SELECT id FROM public.pipeline_metrics ORDER BY id LIMIT 2)",
    "DELETE FROM auth.users WHERE id IN (SELECT user_id FROM public.creator_profiles ORDER BY user_id LIMIT 1)",
    """INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, recorded_at)
       SELECT id, 'quality', 'new', 1, timestamptz '2021-02-03' FROM public.creator_profiles LIMIT 3""",
)


def test_what_is_written_between_the_steps(ground: Ground) -> None:
    """Stopped after each step in turn, and written to; each time the next run goes on, and ends where it should."""
    for wanted in (DIVIDED, PLAIN):
        done: set[str] = set()
        while plan := ground.plan(wanted):
            again = next((n for n, step in enumerate(plan) if step.summary not in done), len(plan))
            ground.take(wanted, again + 1)  # what a run repeats, and one more
            done.add(plan[again].summary)
            if ground.ask("SELECT to_regproc('pipeline_private.pipeline_metrics_copy') IS NOT NULL") == [(True,)]:
                ground.copy()
            ground.admin(*CHANGES)
        assert len(done) > 2
        assert ground.is_divided() is (wanted is DIVIDED)
        assert ground.same()
    assert len(ground.rows()) > 50


def test_a_row_that_is_being_deleted_does_not_come_back(ground: Ground) -> None:
    """The delete is under way when its row is copied: the batch leaves it alone, and nobody waits for long."""
    ground.take(DIVIDED, len(ground.plan(DIVIDED)) - 3)
    with connect(ground.database.admin) as other:
        with other.transaction():
            other.execute("SET LOCAL deadlock_timeout = '20ms'")
            other.execute(
                "DELETE FROM public.pipeline_metrics"
                " WHERE id = (SELECT min(id::text)::uuid FROM public.pipeline_metrics)"
            )
            other.execute("DELETE FROM auth.users WHERE id IN (SELECT user_id FROM public.creator_profiles LIMIT 1)")
            while ground.copy()[0] not in {"waiting", "done"}:
                pass
        rows = ground.rows()
    ground.bring(PLAIN, DIVIDED)
    assert ground.rows() == rows
    assert ground.same()


def test_a_writer_in_repeatable_read(ground18: Ground) -> None:
    """It does not see what was copied after it began, so that its own delete misses it: the comparison does not."""
    ground18.take(DIVIDED, len(ground18.plan(DIVIDED)) - 3)
    with connect(ground18.database.admin) as other, other.transaction():
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT 1 FROM public.pipeline_metrics LIMIT 1")
        while "rows copied" in ground18.copy()[0]:
            pass
        other.execute("DELETE FROM public.pipeline_metrics WHERE metric_value > 5")
        other.execute(
            "UPDATE public.pipeline_metrics SET recorded_at = recorded_at - interval '9 months'"
            " WHERE recorded_at IS NOT NULL"
        )
    assert not ground18.same()
    ground18.bring(PLAIN, DIVIDED)
    assert ground18.same()
    assert ground18.is_divided()


def test_a_writer_in_repeatable_read_after_the_comparison(ground18: Ground) -> None:
    """The exchange notices that it wrote, and leaves it to the next run, which compares once more."""
    ground18.take(DIVIDED, len(ground18.plan(DIVIDED)) - 3)
    with connect(ground18.database.admin) as other, other.transaction():
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT 1 FROM public.creator_profiles LIMIT 1")
        *_, swap = ground18.take(DIVIDED, 2)
        other.execute("DELETE FROM public.pipeline_metrics WHERE metric_value > 5")
    assert not ground18.same()
    with pytest.raises(RolloutError, match="compare"):
        ground18.deployer.workspace.change((swap,), lambda _text: None)
    ground18.bring(PLAIN, DIVIDED)
    assert ground18.same()


def test_killed_while_it_copies(database18: Database) -> None:
    """Its connection is ended on the server, again and again: it goes on from where it was, in the same run."""
    ground = Ground(database18, rows=400)
    try:
        over = threading.Event()
        killer = threading.Thread(target=_kill, args=(ground, over))
        rows = ground.rows()
        killer.start()
        try:
            ground.bring(PLAIN, DIVIDED)
        finally:
            over.set()
            killer.join()
        assert ground.is_divided()
        assert (ground.rows(), ground.same()) == (rows, True)
    finally:
        ground.close()


def _kill(ground: Ground, over: threading.Event) -> None:
    """End the deployer's session in the middle of a copy, three times at most."""
    kills = 0
    with connect(ground.database.admin) as connection:
        while kills < 2 and not over.wait(0.005):
            row = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'SELECT pipeline_private.pipeline_metrics_copy%' AND state = 'active'"
            ).fetchone()
            kills += row is not None


def test_somebody_in_the_way_is_named(ground18: Ground) -> None:
    """A long transaction keeps the exchange from being made: it is named, and the next run makes it."""
    with connect(ground18.database.admin) as other, other.transaction():
        other.execute("SET LOCAL application_name = 'monthly report'")
        other.execute("SELECT 1 FROM public.pipeline_metrics LIMIT 1")
        ground18.deployer.workspace.session.cancelled.clear()
        with pytest.raises(RolloutError) as refused:
            _hurried(ground18)
    assert refused.value.code == "DB004"
    assert "monthly report" in str(refused.value)
    assert not ground18.is_divided()
    ground18.bring(PLAIN, DIVIDED)
    assert ground18.is_divided()


def _hurried(ground: Ground) -> None:
    """Bring the table over without the long pauses between two tries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infra.database.ladder.PAUSES", (0.01,))
        ground.bring(PLAIN, DIVIDED)
