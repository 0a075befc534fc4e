"""A URL that is asked: a real server that is quick, slow, ill or gone; the clock is ours."""

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infra.errors import RolloutError
from infra.gates.figures import Figures
from infra.gates.judging import judge
from infra.gates.settings import as_set
from infra.gates.urls import DEAD_AFTER, url_figures
from infra.models.criterion import Reading, UrlSource
from infra.models.gate import CriterionName
from infra.pipeline.gates import criterion
from tests.gates.ground import settings


@contextmanager
def serving(*statuses: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a server that answers with these statuses in turn, and what it was asked."""
    answers, asked = itertools.cycle(statuses), list[str]()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(next(answers))
            self.send_header("Content-Length", "2")
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(b"ok")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/health", asked
        finally:
            server.shutdown()
            thread.join()


def clock(step: float) -> Iterator[float]:
    """Yield moments that are so many seconds apart."""
    return itertools.count(0.0, step)


def ask(url: str, reading: Reading = Reading.LATENCY, *, probes: int = 20, step: float = 0.0) -> Figures:
    source = UrlSource(url=url, probes=probes, reading=reading)
    ticking = clock(step)
    return url_figures(source, threading.Event(), lambda: next(ticking))


def test_latency_of_good_answers() -> None:
    """The clock moves 10 ms at each look: once after the body, once at the end."""
    with serving(200, 204, 301) as (url, asked):
        found = ask(url, step=0.01)
    assert found.samples == len(asked) == 20
    assert set(asked) == {"/health"}, "no redirect is followed"
    assert found.finite[0] == pytest.approx(20)
    elsewhere = "6 of them to elsewhere, where nobody was asked"
    assert found.detail == f"20 of 20 answers were 2xx or 3xx, {elsewhere}"


def test_a_quick_refusal_is_no_latency() -> None:
    """Answers that are errors leave too few samples; they do not make the API quick."""
    with serving(200, 503) as (url, _):
        found = ask(url)
        assert (found.samples, found.detail) == (10, "10 of 20 answers were 2xx or 3xx (503)")
        assert judge(criterion(CriterionName.API_LATENCY), found).why.startswith("10 of 20 samples")
    with serving(503) as (url, _):
        assert judge(criterion(CriterionName.API_LATENCY), ask(url)).why.startswith("no data; 0 of 20 answers")


@pytest.mark.parametrize(
    ("statuses", "percent", "outcome"),
    [((200,), 100.0, "passed"), ((200,) * 19 + (500,), 95.0, "failed"), ((500,), 0.0, "failed")],
)
def test_uptime(statuses: tuple[int, ...], percent: float, outcome: str) -> None:
    with serving(*statuses) as (url, _):
        found = ask(url, Reading.UPTIME)
    assert found.finite == (percent,)
    assert found.detail.endswith("; as of now alone"), "nobody has watched the window"
    assert judge(criterion(CriterionName.SLA_UPTIME), found).outcome == outcome


def test_nobody_is_there() -> None:
    """A dead source is told after a few tries, and is no measurement: neither of 0 % nor of 0 ms."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        for reading in Reading:
            with pytest.raises(RolloutError, match=r"^GATE004 http://127.*nobody answers \(ConnectError.* Fix: start"):
                ask(url, reading)
        with pytest.raises(RolloutError, match="GATE004"):
            ask(url, probes=DEAD_AFTER - 1)


def test_a_key_in_the_address_is_not_repeated() -> None:
    with pytest.raises(RolloutError) as caught:
        ask("http://127.0.0.1:9/health?key=hunter2", probes=1)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://nowhere.invalid/", "http://a..b/", "http://xn--/", f"http://{'a' * 64}/"])
def test_a_name_that_does_not_resolve_is_nobody(url: str) -> None:
    """Neither does one that can be no name."""
    with pytest.raises(RolloutError, match=r"^GATE004 http://.*: nobody answers"):
        ask(url)


def test_asking_ends_with_its_time() -> None:
    """A slow API is not asked for ever: what was measured by then has to do."""
    with serving(200) as (url, asked):
        found = ask(url, step=8.0)
    assert found.samples == len(asked) < 5
    assert found.detail.endswith("; asking ended after 60 s")


def test_asking_ends_with_a_cancel() -> None:
    stop = threading.Event()
    stop.set()
    source = UrlSource(url="http://127.0.0.1:9/", probes=20, reading=Reading.LATENCY)
    with pytest.raises(RolloutError, match="PRV004"):
        url_figures(source, stop)


def test_the_stack_file_says_whom_to_ask() -> None:
    """A URL that is named once is asked for every gate's API; a criterion's own comes first."""
    given = settings(
        criteria={"api-latency": {"url": "http://a/"}, "sla-api-latency": {"url": "http://b/", "minSamples": 50}}
    )
    asked = {name: as_set(criterion(name), given).source for name in CriterionName}
    assert asked[CriterionName.INTERNAL_API_LATENCY] == UrlSource(url="http://a/", probes=20, reading=Reading.LATENCY)
    assert asked[CriterionName.SLA_API_LATENCY] == UrlSource(url="http://b/", probes=50, reading=Reading.LATENCY)
    assert asked[CriterionName.SLA_UPTIME] == criterion(CriterionName.SLA_UPTIME).source
