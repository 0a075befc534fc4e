"""The lines of a log that fall into a span of time, without the values that a statement or a row had in it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from infra.report.scrubbing import scrub

#: Where in a line a time of its own is looked for.
_HEAD: Final = 200
_TIME: Final = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<time>\d{2}:\d{2}:\d{2})(?:[.,]\d+)?\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)
#: What the server says of a message below it: rows, values and statements as they were.
_VALUES: Final = re.compile(r"\b(DETAIL|STATEMENT|CONTEXT|QUERY|HINT):\s")
_DURATION: Final = re.compile(r"(duration: [\d.]+ ms)\s+\w+[^:]*:.*", re.DOTALL)
#: Servers name relations in quotes after a space, and values after a colon or an equals sign.
_QUOTED: Final = re.compile(r"""(?P<head>[:=]\s?)(?:"[^"]*"|'[^']*')""")


class Kind(StrEnum):
    """Whose log it is: of a server's, only the messages are kept; of an application's, lines that follow one too."""

    SERVER = "server"
    APPLICATION = "application"


@dataclass(frozen=True)
class Excerpt:
    """What was kept of a log, and how many lines had no time that could be read."""

    lines: tuple[str, ...]
    undated: int


def excerpt(lines: Iterable[str], kind: Kind, since: datetime, until: datetime) -> Excerpt:
    """Return the lines from `since` on and before `until`; a time that names no zone is taken as UTC."""
    kept: list[str] = []
    undated = 0
    inside: bool | None = None
    for line in lines:
        at = time_of(line)
        if at is not None:
            inside = since <= at < until
        elif inside is None:
            undated += 1
        if inside and (at is not None or kind is Kind.APPLICATION):
            kept.extend(_told(line.rstrip("\n"), kind))
    return Excerpt(tuple(kept), undated)


def time_of(line: str) -> datetime | None:
    """Return the moment that a line begins with or names first; None where it names none."""
    found = _TIME.search(line, 0, _HEAD)
    if found is None:
        return None
    zone = found["zone"] or "Z"
    text = f"{found['day']}T{found['time']}{'+00:00' if zone in {'Z', 'UTC', 'GMT'} else zone}"
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def _told(line: str, kind: Kind) -> Iterator[str]:
    if kind is Kind.SERVER:
        if _VALUES.search(line):
            return
        line = _QUOTED.sub(r"\g<head>[value]", _DURATION.sub(r"\1", line))
    yield scrub(line)
