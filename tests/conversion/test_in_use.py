"""A table is converted while it is written to: no transaction fails, no row is lost, none comes back, none is doubled."""

import threading
import time

import pytest

from infra.database.failures import LOCK_NOT_AVAILABLE
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


def test_what_is_written_between_the_steps(ground: Ground) -> None:
    """Stopped after each step in turn, and written to; each time the next run goes on, and ends where it should."""
    change = (
        "UPDATE public.pipeline_metrics SET metric_value = metric_value + 1 WHERE id IN"
        " (SELECT id FROM public.pipeline_metrics ORDER BY id DESC LIMIT 9)",
        "UPDATE public.pipeline_metrics SET recorded_at = recorded_at - interval '17 days' WHERE id IN"
        " (SELECT id FROM public.pipeline_metrics ORDER BY id LIMIT 9)",
        "DELETE FROM public.pipeline_metrics WHERE id IN (SELECT id FROM public.pipeline_metrics ORDER BY id LIMIT 2)",
        "DELETE FROM auth.users WHERE id IN (SELECT user_id FROM public.creator_profiles LIMIT 1)",
    )
    ground.admin("CREATE TABLE public.wanted AS SELECT * FROM public.pipeline_metrics")
    for wanted in (DIVIDED, PLAIN):
        while ground.is_divided() is not (wanted is DIVIDED):
            left = ground.take(wanted, 1)
            if any(step.repeats for step in left[:1]):
                ground.copy()
            rows = ground.rows()
            ground.admin(*change)
            assert ground.rows() != rows
        assert ground.plan(wanted) == ()
        assert ground.same()
    assert len(ground.rows()) > 50
    kept = "SELECT count(*) FROM public.pipeline_metrics m WHERE NOT EXISTS (SELECT FROM public.wanted w WHERE w.id = m.id)"
    assert ground.ask(kept) == [(0,)]
