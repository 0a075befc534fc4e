"""How a running PgBouncer does: each pool against its size, who waits how long, and the holes of its version."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.database.console import CONSOLE_DATABASE, Console
from infra.database.session import Row
from infra.pooling.versions import Fix, missing_fixes, parse_version, patched_here, spell

#: States of a server connection that somebody uses, or that cannot be had at once.
_BUSY: Final = ("sv_active", "sv_active_cancel", "sv_being_canceled", "sv_tested", "sv_login")
_FREE: Final = ("sv_idle", "sv_used")
_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True)
class PoolState:
    """One pool: its clients, its server connections, and the longest that anybody in it waits, in seconds."""

    database: str
    role: str
    mode: str
    active: int
    waiting: int
    busy: int
    free: int
    size: int
    longest_wait: float

    @property
    def saturated(self) -> bool:
        """Whether clients wait because every connection is in use."""
        return self.waiting > 0 and not self.free and self.busy >= self.size

    @property
    def state(self) -> str:
        """The pool in a word."""
        if self.saturated:
            return "saturated"
        return "waiting" if self.waiting else "in use" if self.busy else "idle"

    def document(self) -> dict[str, Any]:
        """Return the pool for `--json`."""
        return {
            "database": self.database,
            "role": self.role,
            "mode": self.mode,
            "state": self.state,
            "clientsActive": self.active,
            "clientsWaiting": self.waiting,
            "serversBusy": self.busy,
            "serversFree": self.free,
            "size": self.size,
            "longestWaitSeconds": round(self.longest_wait, 3),
        }


@dataclass(frozen=True)
class Hole:
    """A hole of the version, and why it need not matter here."""

    fix: Fix
    comfort: str

    def __str__(self) -> str:
        return f"{self.fix.name} (mended in {spell(self.fix.since)}): {self.fix.hole}; {self.comfort}"

    def document(self) -> dict[str, str]:
        """Return the hole for `--json`."""
        return {
            "name": self.fix.name,
            "fixedIn": spell(self.fix.since),
            "hole": self.fix.hole,
            "note": self.comfort,
        }


@dataclass(frozen=True)
class PoolerState:
    """A running PgBouncer as it stands at this moment."""

    version: str
    pools: tuple[PoolState, ...]
    clients: int
    max_clients: int
    average_wait_ms: float
    holes: tuple[Hole, ...]

    @property
    def saturated(self) -> bool:
        """Whether any pool is."""
        return any(pool.saturated for pool in self.pools)

    def document(self) -> dict[str, Any]:
        """Return everything for `--json`."""
        return {
            "version": self.version,
            "saturated": self.saturated,
            "clients": self.clients,
            "maxClients": self.max_clients,
            "averageWaitMilliseconds": self.average_wait_ms,
            "pools": [pool.document() for pool in self.pools],
            "missingFixes": [hole.document() for hole in self.holes],
        }


def read_state(console: Console, *, local: bool) -> PoolerState:
    """Return how the PgBouncer does; `local` says that it is this machine's own package.

    Raises:
        RolloutError: PGB001 when it does not answer.
    """
    sizes = {row["name"]: row for row in console.show("DATABASES")}
    roles = {row["name"]: row for row in console.show("USERS")}
    rows = [row for row in console.show("POOLS") if row["database"] != CONSOLE_DATABASE]
    lists = {row["list"]: int(row["items"]) for row in console.show("LISTS")}
    version = console.version()
    return PoolerState(
        version=spell(parse_version(version)),
        pools=tuple(_pool(row, sizes.get(row["database"], {}), roles.get(row["user"], {})) for row in rows),
        clients=lists.get("used_clients", 0),
        max_clients=int(console.config().get("max_client_conn") or 0),
        average_wait_ms=_average_wait(console.show("STATS")),
        holes=tuple(find_holes(version, local=local)),
    )


def find_holes(version: str, *, local: bool) -> list[Hole]:
    """Return the holes of a version, each with what is known of it: covered, patched, or open as far as we can tell."""
    numbers = parse_version(version)
    patched = patched_here(numbers) if local else frozenset()

    def comfort(fix: Fix) -> str:
        if fix.name in patched:
            return "the distribution's changelog says that its package has the fix"
        return fix.covered or "update it, unless your distribution has patched this version"

    return [Hole(fix, comfort(fix)) for fix in missing_fixes(numbers)]


def _pool(row: Row, database: Mapping[str, Any], role: Mapping[str, Any]) -> PoolState:
    limits = [
        int(database.get("pool_size") or 0) + int(database.get("reserve_pool_size", database.get("reserve_pool")) or 0),
        int(role.get("pool_size") or 0),
        int(role.get("max_user_connections") or 0),
        int(database.get("max_connections") or 0),
    ]
    return PoolState(
        database=row["database"],
        role=row["user"],
        mode=row["pool_mode"],
        active=int(row["cl_active"]),
        waiting=int(row["cl_waiting"]),
        busy=sum(int(row.get(name) or 0) for name in _BUSY),
        free=sum(int(row.get(name) or 0) for name in _FREE),
        size=min((limit for limit in limits if limit > 0), default=0),
        longest_wait=int(row["maxwait"]) + int(row["maxwait_us"]) / _MICROSECONDS,
    )


def _average_wait(stats: list[Row]) -> float:
    waits = [int(row["avg_wait_time"]) for row in stats if row["database"] != CONSOLE_DATABASE]
    return round(max(waits, default=0) / 1000, 1)
