"""Spans and ends of time as people write them: `24h`, a day, a date-time. A day holds through, in UTC."""

import datetime as dt
import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from infra.models.base import fault

_UNITS: Final = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_SPAN: Final = re.compile(r"(?P<count>\d{1,6})(?P<unit>[smhd])")
_LONGEST: Final = dt.timedelta(days=366)
_SPAN_RULE: Final = "a whole number with s, m, h or d, from 1s to 366d"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(rf"{_DAY.pattern}([Tt ].+)?")
#: What Pulumi's CLI makes of a date that stands in a stack file without quotes.
_PULUMIS: Final = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2}) (?P<time>[\d:]{8}) \+0000 UTC")
_MOMENT_RULE: Final = "a date such as 2030-12-31, which holds through that day in UTC, or 2030-12-31T18:00:00Z"


def write_span(span: dt.timedelta) -> str:
    """Return a span in its largest whole unit, such as ``24h`` as ``1d``."""
    seconds = int(span.total_seconds())
    unit = next(unit for unit, size in _UNITS.items() if seconds % size == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


def _span(value: Any) -> dt.timedelta:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    seconds = int(found["count"]) * _UNITS[found["unit"]] if found else 0
    span = value if isinstance(value, dt.timedelta) else dt.timedelta(seconds=seconds)
    if not dt.timedelta(seconds=1) <= span <= _LONGEST:
        problem = f"{str(value)[:40]!r} is not a window"
        raise fault("GATE005", problem, allowed=_SPAN_RULE, fix="write it such as 30m, 24h or 7d")
    return span


def last_moment(text: str) -> dt.datetime:
    """Return the moment up to which something written so holds: the end of a day, or the date-time itself.

    Raises:
        ValueError: It is neither.
    """
    if _DAY.fullmatch(text):
        return _moment(text) + dt.timedelta(days=1)
    return _moment(text)


def first_moment(text: str) -> dt.datetime:
    """Return the moment from which something written so counts: the beginning of a day, or the date-time itself.

    Raises:
        ValueError: It is neither.
    """
    return _moment(text)


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)


def _is_moment(value: Any) -> bool:
    try:
        return bool(_MOMENT.fullmatch(value)) and last_moment(value) is not None
    except (TypeError, ValueError, OverflowError):
        return False


def moment_of(value: Any) -> str | None:
    """Return a day or a date-time as it is kept, or None for what is neither."""
    text = value.isoformat() if isinstance(value, dt.date) else value  # YAML knows dates of its own
    if isinstance(value, str) and (found := _PULUMIS.fullmatch(value)):
        text = found["day"] if found["time"] == "00:00:00" else f"{found['day']}T{found['time']}Z"
    return text if _is_moment(text) else None


def _known(value: Any) -> str:
    text = moment_of(value)
    if text is None:
        problem = f"{str(value)[:40]!r} is not a date"
        raise fault("GATE003", problem, allowed=_MOMENT_RULE, fix="write the date as year-month-day")
    return text


Span = Annotated[
    dt.timedelta,
    BeforeValidator(_span),
    PlainSerializer(write_span),
    WithJsonSchema({"type": "string"}),
]
"""A length of time, written such as `30m`, `24h` or `7d`."""
Moment = Annotated[str, BeforeValidator(_known), WithJsonSchema({"type": "string"})]
"""A day or a date-time, kept as it was written; `last_moment` and `first_moment` read it."""
