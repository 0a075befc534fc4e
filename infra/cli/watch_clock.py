"""Time as the commands that wait see it: what they wait by, and spans as options give them."""

import time
from datetime import UTC, datetime
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from infra.errors import RolloutError
from infra.models.moments import Span


class Clock(Protocol):
    """What tells the time, and lets it pass."""

    def now(self) -> datetime:
        """Return the time, in UTC."""

    def wait(self, seconds: float) -> None:
        """Let time pass."""


class RealClock:
    """The time as it is."""

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


def seconds_of(option: str, text: str) -> float:
    """Return a span such as 30m in seconds.

    Raises:
        RolloutError: CLI001 for what is none.
    """
    try:
        return TypeAdapter(Span).validate_python(text).total_seconds()
    except ValidationError:
        allowed = "a whole number with s, m, h or d, from 1s to 366d"
        raise RolloutError(
            "CLI001", option, f"'{text}' is not a time", allowed=allowed, fix="write it as 30m"
        ) from None
