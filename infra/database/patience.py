"""A connection that waits for the server with an end in sight, and can look around while it waits."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import psycopg
from psycopg.abc import PQGen

#: The server ends a statement at its own limit; so much later we know that it does not answer.
MARGIN_SECONDS: Final = 5.0
#: How long a request to cancel may take, and then the statement to end by it.
CANCEL_SECONDS: Final = 2.0
#: For what is asked before a session has limits of its own.
FIRST_LIMIT_SECONDS: Final = 30.0
#: How often a wait is looked at.
INTERVAL_SECONDS: Final = 0.1

_UNITS: Final = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}


class Unanswered(psycopg.OperationalError):
    """The server did not answer in time, nor to a request to cancel; the connection is closed by now."""


class WatchedConnection(psycopg.Connection[dict[str, Any]]):
    """Gives up on a server that does not answer: only a deadline of ours notices one that is frozen."""

    limit: float = FIRST_LIMIT_SECONDS
    """Seconds after which the server itself ends a statement."""
    meanwhile: Callable[[], None] | None = None
    """Called every now and then while a statement runs, by the thread that waits for it."""

    def wait(self, gen: PQGen[Any], interval: float = INTERVAL_SECONDS, timeout: float | None = None) -> Any:
        """Wait as the base class does, but not forever.

        Raises:
            Unanswered: when the server answers neither the statement nor the request to cancel it.
        """
        return super().wait(self._bounded(gen), interval, timeout)

    def _bounded(self, gen: PQGen[Any]) -> PQGen[Any]:
        start, told = time.monotonic(), False
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready:
                    told = self._look(time.monotonic() - start, told=told)
                wanted = gen.send(ready)
        except StopIteration as done:
            return done.value

    def _look(self, waited: float, *, told: bool) -> bool:
        """Look around, cancel when it is time, then give up; return whether the server was told to cancel."""
        if self.meanwhile is not None:
            self.meanwhile()
        if waited < self.limit + MARGIN_SECONDS:
            return told
        if not told:
            with suppress(psycopg.Error):
                self.cancel_safe(timeout=CANCEL_SECONDS)
        elif waited >= self.limit + MARGIN_SECONDS + CANCEL_SECONDS:
            self.close()
            raise Unanswered(f"no answer within {waited:.0f} s")
        return True


def seconds_of(text: str) -> float:
    """Return a duration as PostgreSQL's settings spell it, in seconds; zero means without a limit there."""
    number = text.rstrip("minsh")
    value = float(number) * _UNITS[text[len(number) :] or "ms"]
    return value or float("inf")
