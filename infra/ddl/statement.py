"""A plan as a value: statements with their locks, grouped into steps with their waits and hazards."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Lock(StrEnum):
    """PostgreSQL's table locks, as `pg_locks` names them."""

    ROW_SHARE = "RowShareLock"
    SHARE_UPDATE_EXCLUSIVE = "ShareUpdateExclusiveLock"
    SHARE = "ShareLock"
    SHARE_ROW_EXCLUSIVE = "ShareRowExclusiveLock"
    EXCLUSIVE = "ExclusiveLock"
    ACCESS_EXCLUSIVE = "AccessExclusiveLock"


class Hazard(StrEnum):
    """What a reviewer must know of a step."""

    DELETES_DATA = "DELETES_DATA"
    ACCESS_WIDENED = "ACCESS_WIDENED"
    ACCESS_NARROWED = "ACCESS_NARROWED"
    INDEX_BUILD = "INDEX_BUILD"
    INDEX_DROPPED = "INDEX_DROPPED"
    CORRECTNESS = "CORRECTNESS"


class Waits(StrEnum):
    """How a step waits for its locks.

    `INSTANT` climbs the ladder of short lock timeouts; `PATIENT` is for what blocks no reader or writer while it
    waits (concurrent builds and drops, validation): a short timeout there would leave invalid indexes behind.
    """

    INSTANT = "instant"
    PATIENT = "patient"


@dataclass(frozen=True)
class Limits:
    """Timeouts in milliseconds: the lock's for each try, and that of one statement."""

    lock_timeouts: tuple[int, ...]
    statement_timeout: int


_MINUTE: Final = 60 * 1000
#: Whoever queues behind an instant step waits a rung at most, and a second in all for one object. A concurrent build
#: waits for old transactions without blocking anybody: what bounds it is the statement's own limit.
LIMITS: Final[Mapping[Waits, Limits]] = MappingProxyType(
    {
        Waits.INSTANT: Limits((100, 100, 200, 300, 300), _MINUTE),
        Waits.PATIENT: Limits((10 * _MINUTE, 10 * _MINUTE), 60 * _MINUTE),
    }
)


@dataclass(frozen=True)
class Statement:
    """One SQL statement and the strongest lock it takes on each relation (``schema.name``)."""

    text: str
    locks: tuple[tuple[Lock, str], ...] = ()


@dataclass(frozen=True)
class Remains:
    """An index (``schema.name``) that stays behind invalid when its concurrent build fails, and what drops it."""

    index: str
    drop: Statement


@dataclass(frozen=True)
class Step:
    """Statements that stand or fall together.

    `subject` names the object, `summary` says in words what happens, `keeps` what is not lost by it. When the
    server answers with one of `fallback_on` (SQLSTATEs), `fallback` runs in place of `statements`. What a failed try
    leaves behind, `remains`, is taken away before the next try and after the last.
    """

    subject: str
    summary: str
    statements: tuple[Statement, ...]
    transactional: bool = True
    waits: Waits = Waits.INSTANT
    hazards: tuple[Hazard, ...] = ()
    keeps: str = ""
    fallback: tuple[Statement, ...] = ()
    fallback_on: tuple[str, ...] = ()
    remains: Remains | None = None


Plan = tuple[Step, ...]


def exclusive(text: str, *relations: str) -> Statement:
    """Return a statement that shuts everybody else out of these relations while it runs."""
    return Statement(text, tuple((Lock.ACCESS_EXCLUSIVE, relation) for relation in relations))


def lockless(text: str) -> Statement:
    """Return a statement that touches catalog rows only."""
    return Statement(text)
