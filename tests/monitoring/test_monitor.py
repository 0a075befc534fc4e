"""The monitor at work: what it serves, what it may read, and how it goes on when the database is gone."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.database.session import Session, open_session
from infra.database.target import Target
from infra.errors import RolloutError
from infra.models.alarm import MetricName
from infra.models.gate import GateSettings
from infra.monitoring.groups import Measures
from infra.monitoring.monitor import Monitor
from infra.monitoring.samples import Sample, Store
from infra.monitoring.serving import serving
from infra.pipeline.names import MONITOR
from tests.clusters import Database
from tests.phases.rollouts import Stage, staged

NAME = "test monitor"


@dataclass
class World:
    """A monitor, whom it asks, and what it has said."""

    target: Target
    told: list[str] = field(default_factory=list)
    published: list[Sample] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.monitor = Monitor(self._open, Measures(GateSettings()), Store(), 5, MONITOR)
        self.monitor.tell = self.told.append

    def _open(self) -> Session:
        return open_session(self.target, application_name=NAME)

    def at_once(self) -> None:
        """Let the monitor try again at its next turn."""
        self.monitor._retry_at = 0.0

    def session(self) -> Session:
        assert self.monitor._session
        return self.monitor._session


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def health(port: int) -> tuple[int, dict[str, Any]]:
    status, text = get(port, "/health")
    return status, json.loads(text)


def nobodys_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def stage(database18: Database) -> Iterator[Stage]:
    with staged(database18, 2) as made:
        yield made


@contextmanager
def served(target: Target) -> Iterator[tuple[World, int]]:
    world = World(target)
    try:
        with serving(("127.0.0.1", 0), world.monitor.store, "dev") as port:
            yield world, port
    finally:
        world.monitor.close()


def test_a_database_that_is_gone_is_told_and_found_again(stage: Stage) -> None:
    """Down from the start, then up, then cut off in the middle, then up again: the process goes on."""
    right = stage.database.deployer
    wrong = right.model_copy(update={"port": nobodys_port()})
    with served(wrong) as (world, port):
        code, told = health(port)
        assert (code, told) == (503, told | {"database": "down", "reason": "the first look is under way"})
        world.monitor.turn()
        status, document = health(port)
        assert status == 503
        assert document["reason"].startswith("DB001")
        assert right.password
        assert right.password not in json.dumps(document)
        assert 'pipeline_up{stack="dev"} 0.0' in get(port, "/metrics")[1]
        assert "pipeline_phase" not in get(port, "/metrics")[1]
        world.target = right
        world.monitor.turn()
        assert health(port)[0] == 503, "it waits before it tries again"
        world.at_once()
        world.monitor.turn()
        status, document = health(port)
        assert (status, document["database"], document["phase"], document["failing"]) == (200, "up", 2, {})
        assert 'pipeline_phase{stack="dev"} 2.0' in get(port, "/metrics")[1]
        stage.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", NAME)
        for pace in world.monitor._paces:
            pace.due = 0
        world.monitor.turn()
        assert health(port)[0] == 503
        world.at_once()
        world.monitor.turn()
        assert health(port)[0] == 200
    assert [text.partition(" ")[0] for text in world.told] == ["DB001", "the", "DB001", "the"]


def test_it_reads_as_the_monitor_and_a_scrape_asks_the_database_nothing(stage: Stage) -> None:
    """No creator's words, nothing to write; fifty scrapes leave no trace; a group that is refused is alone in it."""
    with served(stage.database.deployer) as (world, port):
        world.monitor.turn()
        asked = "SELECT query_start FROM pg_stat_activity WHERE application_name = %s"
        before = stage.run(asked, NAME)
        with threading_pool(50, lambda: get(port, "/metrics")) as answers:
            assert {status for status, _ in answers} == {200}
        assert before
        assert stage.run(asked, NAME) == before
        for text, code in (
            ("SELECT feedback FROM public.pipeline_sessions", "42501"),
            ("UPDATE public.creator_profiles SET cultural_alignment = 1", "42501|25006"),
        ):
            with pytest.raises(RolloutError, match=code):
                world.session().query(text)
        limits = world.session().one("SELECT current_setting('statement_timeout') AS s, current_setting('role') AS r")
        assert limits == {"s": "5s", "r": MONITOR}
        stage.run("REVOKE SELECT (revenue_model) ON public.creator_economics FROM pipeline_monitor")
        for pace in world.monitor._paces:
            pace.due = 0
        world.monitor.turn()
        status, document = health(port)
        assert status == 200
        assert list(document["failing"]) == ["economics"]
        assert get(port, "/nothing")[0] == 404
        stage.run("REVOKE pipeline_monitor FROM deployer CASCADE")
        world.monitor.close()
        world.monitor.turn()
        assert health(port)[0] == 503
        assert health(port)[1]["reason"].startswith("DB003")


@contextmanager
def threading_pool(count: int, ask: Any) -> Iterator[list[tuple[int, str]]]:
    answers: list[tuple[int, str]] = []
    threads = [threading.Thread(target=lambda: answers.append(ask())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    yield answers


def test_the_api_is_timed_whether_the_database_is_there_or_not() -> None:
    """Twenty good answers make a percentile; bad ones and none at all count against its uptime."""
    world = World(Target(host="127.0.0.1", port=nobodys_port(), name="x", user="x", sslmode="disable"))
    measures, store = world.monitor.measures, world.monitor.store
    with serving(("127.0.0.1", 0), Store(), "api") as port:
        measures.api = f"http://127.0.0.1:{port}/metrics"
        for _ in range(20):
            assert figures(store) == {MetricName.UP: 0}
            world.monitor.turn()
        assert 0 < figures(store)[MetricName.API_P95] < 5000
        assert figures(store)[MetricName.API_UPTIME] == 100
        measures.api = f"http://127.0.0.1:{port}/health"
        for _ in range(3):
            world.monitor.turn()
    for _ in range(2):
        world.monitor.turn()
    assert figures(store)[MetricName.API_UPTIME] == 80


def figures(store: Store) -> dict[MetricName, float]:
    return {sample.metric: sample.value for sample in store.fresh()}


def test_nobody_can_listen_twice() -> None:
    with (
        serving(("127.0.0.1", 0), Store(), "dev") as port,
        pytest.raises(RolloutError, match=f"MON002 --listen: nobody can listen at 127.0.0.1:{port}"),
        serving(("127.0.0.1", port), Store(), "dev"),
    ):
        pass


def test_publishing_that_fails_is_told_and_stops_nothing() -> None:
    """A minute later it is tried again; what is fresh goes out, and that the database is gone."""

    def refuse(_samples: Any) -> None:
        raise RolloutError("AWS001", "aws cloudwatch", "PutMetricData was refused")

    world = World(Target(host="127.0.0.1", port=nobodys_port(), name="x", user="x", sslmode="disable"))
    world.monitor.publish = refuse
    world.monitor.turn()
    assert "cloudwatch" in world.monitor.store.health.failing
    world.monitor.publish = world.published.extend
    world.monitor.turn()
    assert world.published == []
    world.monitor._published_at = -100.0
    world.monitor.turn()
    assert [sample.value for sample in world.published] == [0.0]
    assert world.monitor.store.health.failing == {}


def test_the_end_of_a_connection_is_noticed_between_two_looks(stage: Stage) -> None:
    """Not only when the next look fails: what is served says so within a second or two."""
    with served(stage.database.deployer) as (world, port):
        world.monitor.interval = 60
        running = threading.Thread(target=world.monitor.run)
        running.start()
        try:
            assert eventually(lambda: health(port)[0] == 200)
            stage.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", NAME)
            assert eventually(lambda: health(port)[0] == 503)
            assert "the server has ended the connection" in health(port)[1]["reason"]
            assert eventually(lambda: health(port)[0] == 200)
        finally:
            world.monitor.stop.set()
            running.join(30)
        assert not running.is_alive()


def eventually(happens: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not happens() and time.monotonic() < deadline:
        time.sleep(0.05)
    return happens()
