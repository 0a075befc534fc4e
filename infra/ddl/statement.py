"""A plan as a value: statements with their locks, grouped into steps with their waits and hazards."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Lock(StrEnum):
    """PostgreSQL's table locks, as `pg_locks` names them."""

    ACCESS_SHARE = "AccessShareLock"
    ROW_SHARE = "RowShareLock"
    ROW_EXCLUSIVE = "RowExclusiveLock"
    SHARE_UPDATE_EXCLUSIVE = "ShareUpdateExclusiveLock"
    SHARE = "ShareLock"
    SHARE_ROW_EXCLUSIVE = "ShareRowExclusiveLock"
    EXCLUSIVE = "ExclusiveLock"
    ACCESS_EXCLUSIVE = "AccessExclusiveLock"

    def covers(self, other: "Lock") -> bool:
        """Whether whoever holds this one keeps out everybody whom the other would."""
        return _KEPT_OUT[other] <= _KEPT_OUT[self]

    def waits_for(self, other: "Lock") -> bool:
        """Whether whoever wants this one has to wait while somebody else holds the other on the same relation."""
        return other in _KEPT_OUT[self]


_SHUTTING: Final = frozenset({Lock.EXCLUSIVE, Lock.ACCESS_EXCLUSIVE})
_WRITERS: Final = frozenset({Lock.ROW_EXCLUSIVE, Lock.SHARE_ROW_EXCLUSIVE}) | _SHUTTING
#: Which locks of others each one has to wait for, as PostgreSQL's documentation has it.
_KEPT_OUT: Final[Mapping[Lock, frozenset[Lock]]] = MappingProxyType(
    {
        Lock.ACCESS_SHARE: frozenset({Lock.ACCESS_EXCLUSIVE}),
        Lock.ROW_SHARE: _SHUTTING,
        Lock.ROW_EXCLUSIVE: _SHUTTING | {Lock.SHARE, Lock.SHARE_ROW_EXCLUSIVE},
        Lock.SHARE_UPDATE_EXCLUSIVE: _SHUTTING | {Lock.SHARE_UPDATE_EXCLUSIVE, Lock.SHARE, Lock.SHARE_ROW_EXCLUSIVE},
        Lock.SHARE: _WRITERS | {Lock.SHARE_UPDATE_EXCLUSIVE},
        Lock.SHARE_ROW_EXCLUSIVE: _WRITERS | {Lock.SHARE_UPDATE_EXCLUSIVE, Lock.SHARE},
        Lock.EXCLUSIVE: frozenset(Lock) - {Lock.ACCESS_SHARE},
        Lock.ACCESS_EXCLUSIVE: frozenset(Lock),
    }
)


def strongest(locks: Iterable[tuple[Lock, str]]) -> tuple[tuple[Lock, str], ...]:
    """Return the locks without those that another one on the same relation covers, each once, in order."""
    taken = tuple(dict.fromkeys(locks))
    return tuple(
        (lock, name)
        for lock, name in taken
        if not any(other is not lock and where == name and other.covers(lock) for other, where in taken)
    )


class Hazard(StrEnum):
    """What a reviewer must know of a step, in the order of its weight; each has a page of its own."""

    DELETES_DATA = "DELETES_DATA"
    ACCESS_WIDENED = "ACCESS_WIDENED"
    ACCESS_NARROWED = "ACCESS_NARROWED"
    EXCLUSIVE_LOCK = "EXCLUSIVE_LOCK"
    REWRITE = "REWRITE"
    INDEX_BUILD = "INDEX_BUILD"
    INDEX_DROPPED = "INDEX_DROPPED"
    CORRECTNESS = "CORRECTNESS"
    CAPACITY_NARROWED = "CAPACITY_NARROWED"
    POOLER_RESTART = "POOLER_RESTART"

    @property
    def page(self) -> str:
        """The page that explains it, from the project's folder on."""
        return f"docs/hazards/{self.value.lower()}.md"


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
    """One SQL statement and its budget: the strongest locks it takes on each relation (``schema.name``), and more.

    What it makes itself is not among them, nor are the system's catalogs. An index is locked no stronger than its
    table, and has a lock of its own only where the statement does not lock the table.
    """

    text: str
    locks: tuple[tuple[Lock, str], ...] = ()
    kind: str = ""
    """The template and the action that it comes from, such as ``table: add column``."""
    rewrites: bool = False
    """Whether it writes the table anew."""
    shares_transaction: bool = True
    """Whether it may stand in a transaction, with others or alone."""
    waits: Waits = Waits.INSTANT
    """How it waits: its timeouts are in `LIMITS`."""


#: What a statement that is repeated answers when there is nothing left to do, and when it cannot go on just now.
DONE: Final = "done"
WAITING: Final = "waiting"


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
    repeats: str = ""
    """The function, as ``schema.name``, that its one statement calls: again and again, each time in a transaction of
    its own, until it answers `DONE`. Anything else is how far it is, and `WAITING` that somebody is in the way."""


Plan = tuple[Step, ...]
