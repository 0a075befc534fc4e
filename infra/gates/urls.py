"""Asking a URL: how long it takes to answer, and how often it does."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.database.failures import cancelled_error
from infra.errors import RolloutError
from infra.gates.figures import Figures, p95
from infra.models.criterion import Reading, UrlSource

if TYPE_CHECKING:  # the provider imports this on every start, and seldom asks a URL
    import httpx

#: Seconds for each step of a request, and for all requests together.
TIMEOUT: Final = 5.0
BUDGET: Final = 60.0
#: So many requests that never got an answer, from the first one on, and nobody is there.
DEAD_AFTER: Final = 3
_MOST_BYTES: Final = 1_000_000
_MILLISECONDS: Final = 1000
_PERCENT: Final = 100
_UP: Final = range(200, 400)
_ELSEWHERE: Final = range(300, 400)


@dataclass(frozen=True)
class Answer:
    """One request: how long it took in milliseconds, and the answer's status, 0 where there was none."""

    milliseconds: float
    status: int
    fault: str = ""

    @property
    def is_up(self) -> bool:
        """Whether the answer was 2xx or 3xx."""
        return self.status in _UP

    @property
    def is_elsewhere(self) -> bool:
        """Whether the answer named another address."""
        return self.status in _ELSEWHERE


def url_figures(source: UrlSource, stop: threading.Event, clock: Callable[[], float] = time.perf_counter) -> Figures:
    """Return the p95 of the good answers in milliseconds, or the share of good answers in per cent.

    Raises:
        RolloutError: GATE004 when nobody answers; PRV004 when `stop` was set meanwhile.
    """
    answers = list(_ask(source, stop, clock))
    if not any(answer.status for answer in answers):
        fix = "start what answers there, or correct the url of the criterion in the stack file"
        # What stands after the question mark may be somebody's key.
        raise RolloutError("GATE004", source.url.partition("?")[0], f"nobody answers ({answers[0].fault})", fix=fix)
    good = [answer.milliseconds for answer in answers if answer.is_up]
    faults = sorted({answer.fault for answer in answers if answer.fault})
    detail = f"{len(good)} of {len(answers)} answers were 2xx or 3xx" + (f" ({', '.join(faults)})" if faults else "")
    if redirects := sum(answer.is_elsewhere for answer in answers):
        detail += f", {redirects} of them to elsewhere, where nobody was asked"
    if len(answers) < source.probes:
        detail += f"; asking ended after {BUDGET:g} s"
    if source.reading is Reading.LATENCY:
        return Figures((p95(good) if good else None,), len(good), detail=detail)
    # A metric tells of the whole window; whoever only asks learns how it is now.
    return Figures((_PERCENT * len(good) / len(answers),), len(answers), detail=f"{detail}; as of now alone")


def _ask(source: UrlSource, stop: threading.Event, clock: Callable[[], float]) -> Iterator[Answer]:
    import httpx  # noqa: PLC0415 - see above

    begun, answered = clock(), False
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client:
        for number in range(source.probes):
            if stop.is_set():
                raise cancelled_error()
            if number and (clock() - begun > BUDGET or (number == DEAD_AFTER and not answered)):
                return
            answer = _get(client, source.url, clock)
            answered = answered or bool(answer.status)
            yield answer


def _get(client: "httpx.Client", url: str, clock: Callable[[], float]) -> Answer:
    """Time one request to the end of its answer, or to a megabyte of it."""
    import httpx  # noqa: PLC0415 - see above

    begun, size = clock(), 0
    try:
        with client.stream("GET", url) as response:
            for chunk in response.iter_raw():
                size += len(chunk)
                if size > _MOST_BYTES or clock() - begun > TIMEOUT:
                    break
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # the last for a name that can be none
        return Answer(0.0, 0, f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
    fault = "" if response.status_code in _UP else str(response.status_code)
    return Answer((clock() - begun) * _MILLISECONDS, response.status_code, fault)
