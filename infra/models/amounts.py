"""Counts and durations with their limits: a bare number is no duration, and nothing out of range passes unnoticed."""

import re
from typing import Any, Final

from pydantic import BeforeValidator

from infra.models.base import fault

_UNITS: Final = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION: Final = re.compile(r"(?P<number>\d{1,9})(?P<unit>ms|s|min|h|d)")


def milliseconds(duration: str) -> int:
    """Return a duration such as ``8s`` or ``500ms`` in milliseconds.

    Raises:
        ValueError: It is none.
    """
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(duration)
    return int(found["number"]) * _UNITS[found["unit"]]


def seconds(duration: str) -> int:
    """Return a duration in whole seconds, those begun counting as whole."""
    return -(-milliseconds(duration) // 1000)


def between(low: int, high: int, unit: str) -> BeforeValidator:
    """Return what holds an integer within limits; `unit` says what is counted, as in ``connections``."""

    def check(value: Any) -> int:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or value not in range(low, high + 1):
            problem = f"{_shown(value)} is not a number of {unit} that is allowed here"
            raise fault("POOL001", problem, allowed=f"{low} to {high} {unit}", fix="write a whole number in this range")
        return int(value)

    return BeforeValidator(check)


def lasting(low: str, high: str, step: str = "1ms") -> BeforeValidator:
    """Return what holds a duration within limits, in whole steps of what it is counted in."""

    def check(value: Any) -> str:
        found = _DURATION.fullmatch(value) if isinstance(value, str) else None
        length = milliseconds(value) if found else 0
        if not milliseconds(low) <= length <= milliseconds(high) or length % milliseconds(step):
            problem = f"{_shown(value)} is not a duration that is allowed here"
            steps = "" if step == "1ms" else f", in whole steps of {step}"
            allowed = f"{low} to {high}{steps}, written with ms, s, min, h or d"
            raise fault("POOL001", problem, allowed=allowed, fix=f"write it such as {low}")
        return str(value)

    return BeforeValidator(check)


def _shown(value: Any) -> str:
    return repr(value)[:40]
