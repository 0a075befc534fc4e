"""Pools of connections: how many, for whom, in which mode, and what all of them together ask of the server.

A pooler hands a server connection to whoever's turn it is. Claims are set per transaction, so that is what a turn is:
the mode is `transaction`. A server connection costs memory and a place among `max_connections`: the sum over every
pooler, database and role, with those that go past the pooler, must fit.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from infra.models.amounts import between, lasting
from infra.models.base import AnyName, Model, fault
from infra.models.pool_checks import contradictions
from infra.models.pool_server import Platform, Server

#: A deploy uses three connections at most, never through the pooler.
DEPLOYER_CONNECTIONS: Final = 3
#: The guide: "minimum 20 connections".
LEAST_POOLED: Final = 20
_LOOPBACKS: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Mode(StrEnum):
    """What a client has a server connection for. There is no `statement`: row security needs a transaction."""

    TRANSACTION = "transaction"
    SESSION = "session"


class Placement(StrEnum):
    """Where the pooler runs: beside each replica of the application, or once for all of them."""

    BESIDE = "beside"
    SHARED = "shared"


def _mode(value: Any) -> Any:
    if value not in list(Mode):
        problem = f"{str(value)[:40]!r} is not a mode: claims are set per transaction, and row security needs them"
        raise fault("POOL002", problem, allowed="transaction; session, for few clients", fix="write transaction")
    return value


class Pool(Model):
    """The pool of one role in one database.

    Attributes:
        mode: what a client has a connection for.
        size: server connections.
        minimum: how many of them are kept open though nobody asks.
        reserve: more of them, opened for whoever has waited for the pooler's `reserve_timeout`.
        clients: how many clients may be connected to the pooler at once; all but `size` of them wait their turn.
    """

    mode: Annotated[Mode, BeforeValidator(_mode)] = Mode.TRANSACTION
    size: Annotated[int, between(1, 5000, "connections")]
    minimum: Annotated[int, between(0, 5000, "connections")] = 0
    reserve: Annotated[int, between(0, 5000, "connections")] = 0
    clients: Annotated[int, between(1, 100_000, "clients")] = 200

    @property
    def most(self) -> int:
        """The server connections that it may come to."""
        return self.size + self.reserve


Host = Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")]


class Pooler(Model):
    """The pooler itself: where applications reach it, and how long it waits and keeps.

    Attributes:
        host: the host that applications connect to.
        port: the port that it listens on.
        sslmode: how applications connect to it; left out, encrypted unless it is on their own machine.
        query_wait_timeout: after which a client that waits for a connection is told so.
        reserve_timeout: after which a waiting client is given one of the reserve.
        server_connect_timeout: after which a connection to the server counts as failed.
        server_lifetime: after which a server connection is closed when it falls free.
        server_idle_timeout: after which a server connection that nobody uses is closed.
        client_idle_timeout: after which a client that does nothing is sent away; left out, never.
        prepared_statements: how many prepared statements of a connection are kept (PgBouncer 1.21 and later).
        lookups: the connections with which passwords are looked up in the server, for each database.
    """

    host: Host = "127.0.0.1"
    port: Annotated[int, between(1, 65535, "a port")] = 6432
    sslmode: Literal["disable", "require", "verify-ca", "verify-full"] | None = None
    query_wait_timeout: Annotated[str, lasting("5s", "10s", "1s")] = "10s"
    reserve_timeout: Annotated[str, lasting("1s", "10s", "1s")] = "3s"
    server_connect_timeout: Annotated[str, lasting("1s", "60s", "1s")] = "5s"
    server_lifetime: Annotated[str, lasting("60s", "7d", "1s")] = "1h"
    server_idle_timeout: Annotated[str, lasting("10s", "1d", "1s")] = "10min"
    client_idle_timeout: Annotated[str, lasting("10s", "7d", "1s")] | None = None
    prepared_statements: Annotated[int, between(0, 10_000, "statements")] = 200
    lookups: Annotated[int, between(0, 10, "connections")] = 1

    @property
    def client_sslmode(self) -> str:
        """How applications connect to it."""
        return self.sslmode or ("disable" if self.host in _LOOPBACKS else "require")


class Cache(Model):
    """The application's cache: how long an entry holds, and how many are kept."""

    ttl: Annotated[str, lasting("1s", "1d", "1s")] = "300s"
    entries: Annotated[int, between(1, 1_000_000, "entries")] = 1000


class Application(Model):
    """What each replica of the application does: its login, its own pool towards the pooler, its cache."""

    role: AnyName
    pool: Annotated[int, between(1, 5000, "connections")] = 20
    idle: Annotated[str, lasting("1s", "1d", "1s")] = "60s"
    acquire: Annotated[str, lasting("1s", "10min", "1s")] = "60s"
    cache: Cache = Cache()


@dataclass(frozen=True)
class Entry:
    """One pool as a pooler has it: a database, a role, and its limits."""

    database: str
    role: str
    pool: Pool


class Pooling(Model):
    """Every pool of a stack, and what it asks of the server.

    Attributes:
        platform: whose server it is.
        replicas: how many replicas of the application run.
        placement: whether each of them has a pooler beside it.
        databases: the databases, each with every pool; left empty it is the stack's own.
        others: connections that are kept for what goes past the pooler, the deployer's apart.
        pools: the pools, by role.
        shrink_to: the sum of pooled connections to which a stack may shrink, said on purpose.
    """

    platform: Platform = Platform.PLAIN
    replicas: Annotated[int, between(1, 1000, "replicas")] = 1
    placement: Placement = Placement.BESIDE
    databases: tuple[AnyName, ...] = ()
    others: Annotated[int, between(0, 10_000, "connections")] = 0
    pools: dict[AnyName, Pool] = Field(min_length=1)
    pooler: Pooler = Pooler()
    application: Application
    server: Server = Server()
    shrink_to: Annotated[int, between(1, 1_000_000, "connections")] | None = None

    def at(self, database: str) -> "Pooling":
        """Return the pooling with its databases named: this one, where it names none."""
        return self if self.databases else self.model_copy(update={"databases": (database,)})

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Each pool of each database."""
        return tuple(
            Entry(database, role, pool) for database in self.databases for role, pool in sorted(self.pools.items())
        )

    @property
    def poolers(self) -> int:
        """How many poolers run, each with every pool."""
        return self.replicas if self.placement is Placement.BESIDE else 1

    @property
    def database_count(self) -> int:
        """How many databases have the pools."""
        return len(self.databases) or 1

    @property
    def lookups(self) -> int:
        """The connections of one pooler, to one database, for looking passwords up."""
        return self.pooler.lookups if self.platform is Platform.PLAIN else 0

    @property
    def clients(self) -> int:
        """How many clients one pooler may have at once, over all its pools."""
        return self.database_count * sum(pool.clients for pool in self.pools.values())

    @property
    def server_connections(self) -> int:
        """How many server connections one pooler may come to."""
        return self.database_count * (sum(pool.most for pool in self.pools.values()) + self.lookups)

    @property
    def files(self) -> int:
        """How many open files one pooler needs: a client is one, and so is a server connection."""
        return self.clients + self.server_connections

    @property
    def pooled(self) -> int:
        """How many server connections all poolers together may come to."""
        return self.poolers * self.server_connections

    @property
    def kept(self) -> int:
        """How many server connections the pools hold without their reserves."""
        return self.poolers * self.database_count * sum(pool.size for pool in self.pools.values())

    @property
    def total(self) -> int:
        """Every connection that may be open at once, those included that the server keeps for its superusers."""
        reserved = self.server.superuser_reserved_connections
        return self.pooled + DEPLOYER_CONNECTIONS + self.others + reserved

    def of_role(self, role: str) -> int:
        """Return how many server connections all poolers together may have as this role."""
        return self.poolers * self.database_count * (self.pools[role].most if role in self.pools else 0)

    def arithmetic(self, reserved: int | None = None) -> str:
        """Return the sum, written out: replicas × pools × databases + deployer + others + reserved."""
        kept = self.server.superuser_reserved_connections if reserved is None else reserved
        pools = [f"{role} {_plus(pool)}" for role, pool in sorted(self.pools.items())]
        pools += [f"look-ups {self.lookups}"] if self.lookups else []
        factors = f"{_counted(self.poolers, 'pooler')} × {_counted(self.database_count, 'database')}"
        total = self.pooled + DEPLOYER_CONNECTIONS + self.others + kept
        rest = f"deployer {DEPLOYER_CONNECTIONS} + others {self.others} + reserved {kept}"
        return f"{factors} × ({' + '.join(pools)}) = {self.pooled}, + {rest} = {total}"

    @model_validator(mode="after")
    def _check(self) -> "Pooling":
        if found := list(contradictions(self)):
            raise ValidationError.from_exception_data("pooling", found)
        return self


def _plus(pool: Pool) -> str:
    return f"({pool.size} + {pool.reserve})" if pool.reserve else str(pool.size)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
