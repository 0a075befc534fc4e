"""A run over a fleet: in waves, so many at once, stopped by failures, gone on with later. The work is scripted."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil  # type: ignore[import-untyped] # it has no types of its own
import pytest

from infra.errors import RolloutError
from infra.fleet import engines
from infra.fleet.engines import Engine, open_pool
from infra.fleet.journal import Journal, Standing, begin_journal, read_journal
from infra.fleet.run import Course, run_fleet
from infra.fleet.work import UP, Order, Result
from infra.models.fleet import Check, Fleet

NAMES = tuple(f"t{number}" for number in range(9))
FLEET = Fleet(stacks=NAMES, canary=NAMES[:1], wave_size=4, concurrency=2)
DONE, FAILED, PENDING, RUNNING = Standing.DONE, Standing.FAILED, Standing.PENDING, Standing.RUNNING


class Script:
    """What happens to each stack, in the order in which it was asked for, and how many were at it at once."""

    def __init__(self, *bad: str, at_the_gate: bool = False) -> None:
        self.bad = set(bad)
        self.at_the_gate = at_the_gate
        self.asked: list[str] = []
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        self.both = threading.Event()

    def __call__(self, order: Order) -> Result:
        is_up = order.commands == (UP,)
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            if is_up:
                self.asked.append(order.stack)
            if self._now > 1:
                self.both.set()
        self.both.wait(0.05)
        with self._lock:
            self._now -= 1
        failed = order.stack in self.bad and is_up is not self.at_the_gate
        return Result(order.stack, 1 if failed else 0, 0.1, "it is broken" if failed else "")


Run = Callable[..., tuple[bool, Journal]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with ThreadPoolExecutor(8) as pool:

        def go(
            script: Script, fleet: Fleet = FLEET, *, resume: bool = False, keep: bool = False
        ) -> tuple[bool, Journal]:
            told: list[str] = []
            course = Course(pool, script, told.append, str(tmp_path), keep_going=keep, sleep=lambda _: None)
            with begin_journal(tmp_path / "fleet.json", fleet.plan, resume=resume) as journal:
                return run_fleet(fleet, journal, course), journal

        yield go


def test_all_of_it_wave_after_wave_so_many_at_once(run: Run) -> None:
    script = Script()
    done, journal = run(script)
    assert done
    assert journal.of(DONE) == list(NAMES)
    assert script.asked[0] == "t0"
    assert set(script.asked[1:5]) == {"t1", "t2", "t3", "t4"}
    assert script.most == 2


def test_a_bad_canary_ends_the_run(run: Run) -> None:
    script = Script("t0")
    done, journal = run(script)
    assert (done, script.asked) == (False, ["t0"])
    assert journal.of(PENDING) == list(NAMES[1:])
    assert journal.records["t0"].why == "it is broken"


def test_one_bad_stack_stops_its_wave_and_the_rest_is_resumed(run: Run) -> None:
    """What had begun is finished; nothing else of the wave, and no other wave, is begun or touched."""
    script = Script("t1")
    done, journal = run(script)
    assert not done
    assert journal.of(FAILED) == ["t1"]
    assert {"t0", "t1"} <= set(script.asked) <= {"t0", "t1", "t2", "t3"}
    assert set(journal.of(PENDING)) >= set(NAMES[5:])
    before = set(journal.of(DONE))
    again = Script()
    done, journal = run(again, resume=True)
    assert done
    assert set(again.asked) == set(NAMES) - before


def test_as_many_may_fail_as_the_file_says(run: Run) -> None:
    done, journal = run(Script("t1"), FLEET.model_copy(update={"max_failures": 1}))
    assert not done
    assert journal.of(FAILED) == ["t1"]
    assert journal.of(PENDING) == []


def test_other_waves_go_on_when_asked_to(run: Run) -> None:
    script = Script("t1", "t2", "t3", "t4")
    done, journal = run(script, keep=True)
    assert not done
    assert set(script.asked) >= {"t5", "t6", "t7", "t8"}
    assert set(journal.of(DONE)) == {"t0", "t5", "t6", "t7", "t8"}
    assert journal.of(PENDING)


def test_a_stack_that_fails_at_the_gate_keeps_the_next_wave_from_beginning(run: Run) -> None:
    script = Script("t2", at_the_gate=True)
    done, journal = run(script)
    assert not done
    assert journal.of(FAILED) == ["t2"]
    assert set(journal.of(DONE)) == {"t0", "t1", "t3", "t4"}
    assert set(script.asked) == set(NAMES[:5])


def test_the_gate_is_looked_at_after_the_pause(tmp_path: Path) -> None:
    slept: list[float] = []
    orders: list[Order] = []

    def work(order: Order) -> Result:
        orders.append(order)
        return Result(order.stack, 0, 0.0)

    fleet = Fleet.model_validate({"stacks": ["a"], "pause": "90s", "gate": ["converged", "verified"], "timeout": "5m"})
    with ThreadPoolExecutor(1) as pool, begin_journal(tmp_path / "x.json", fleet.plan, resume=False) as journal:
        assert run_fleet(fleet, journal, Course(pool, work, lambda _: None, "/", sleep=slept.append))
    assert slept == [90.0]
    assert [order.commands for order in orders] == [(UP,), (("preview", "--expect-no-changes"), ("verify",))]
    assert [order.timeout for order in orders] == [300.0, 300.0]
    assert list(Check) == [Check.CONVERGED, Check.VERIFIED, Check.CALM]


def test_a_run_that_was_killed_is_resumed_with_what_was_running(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "fleet.json"
    with begin_journal(path, FLEET.plan, resume=False) as journal:
        journal.note("t0", DONE, seconds=1.0)
        journal.note("t1", RUNNING)
    assert read_journal(path).of(RUNNING) == ["t1"]
    script = Script()
    done, _ = run(script, resume=True)
    assert done
    assert sorted(script.asked) == sorted(NAMES[1:])


def test_only_one_run_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    with begin_journal(path, FLEET.plan, resume=False), pytest.raises(RolloutError, match="CLI007 fleet"):
        begin_journal(path, FLEET.plan, resume=True).__enter__()
    with begin_journal(path, FLEET.plan, resume=True):
        pass


@pytest.mark.parametrize(
    "text", [None, "", "{}", '{"stacks": {"a": {"wave": "w", "standing": "odd"}}}', '{"stacks": 3}']
)
def test_a_damaged_record_is_refused(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "fleet.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(RolloutError, match=r"FLEET002 fleet\.json"):
        read_journal(path)


SCRIPT = Script("t6")


def scripted(order: Order) -> Result:
    """What a worker of Dask finds by its name: what is handed to it must be sent."""
    return SCRIPT(order)


def test_dask_runs_it_as_threads_do(tmp_path: Path) -> None:
    with (
        open_pool(Engine.DASK, FLEET.concurrency) as pool,
        begin_journal(tmp_path / "fleet.json", FLEET.plan, resume=False) as journal,
    ):
        assert not run_fleet(FLEET, journal, Course(pool, scripted, lambda _: None, "/"))
    assert journal.of(FAILED) == ["t6"]
    assert set(journal.of(DONE)) >= set(NAMES[:5])
    assert SCRIPT.most == 2


def test_two_of_dask_stand_side_by_side_and_nobody_else_reaches_them() -> None:
    with open_pool(Engine.DASK, 1) as one, open_pool(Engine.DASK, 1) as other:
        assert [pool.submit(abs, -3).result(10) for pool in (one, other)] == [3, 3]
        connections = psutil.Process().net_connections("tcp")
        assert {one.laddr.ip for one in connections if one.status == psutil.CONN_LISTEN} <= {"127.0.0.1"}


def test_a_scheduler_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "SCHEDULER_SECONDS", 0.3)
    with pytest.raises(RolloutError, match="FLEET003 --scheduler"), open_pool(Engine.DASK, 1, "tcp://127.0.0.1:9"):
        pass
