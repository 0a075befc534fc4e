"""What no single value of the pooling shows: sums, ratios, and timeouts that contradict each other."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from pydantic_core import InitErrorDetails

from infra.models.amounts import milliseconds
from infra.models.base import fault

if TYPE_CHECKING:
    from infra.models.pool import Pool, Pooling

#: In session mode a client keeps its connection until it leaves: with more clients than this for each, most only wait.
SESSION_RATIO: Final = 5


def contradictions(pooling: "Pooling") -> Iterator[InitErrorDetails]:
    """Yield everything in which the values of a pooling do not go together, each with its place."""
    for role, pool in pooling.pools.items():
        yield from _pool(role, pool)
    yield from _application(pooling)
    yield from _waits(pooling)
    yield from _sum(pooling)


def _pool(role: str, pool: "Pool") -> Iterator[InitErrorDetails]:
    path = ("pools", role)
    if pool.clients < pool.size:
        problem = f"{pool.clients} clients could never use {pool.size} connections"
        allowed = f"{pool.size} clients and more"
        yield _found(path, "clients", "POOL004", problem, allowed, "raise clients, or lower size")
    if pool.minimum > pool.size:
        problem = f"{pool.minimum} connections kept open are more than the pool's {pool.size}"
        yield _found(path, "minimum", "POOL004", problem, f"0 to {pool.size} connections", "lower minimum")
    if pool.mode == "session" and pool.clients > SESSION_RATIO * pool.size:
        ratio = f"{pool.clients / pool.size:.3g}:1"
        problem = f"in session mode {pool.clients} clients on {pool.size} connections ({ratio}) would mostly wait"
        allowed = f"transaction; session up to {SESSION_RATIO}:1, here {SESSION_RATIO * pool.size} clients"
        yield _found(path, "mode", "POOL002", problem, allowed, "write mode: transaction, or lower clients")


def _application(pooling: "Pooling") -> Iterator[InitErrorDetails]:
    application = pooling.application
    pool = pooling.pools.get(application.role)
    if pool is None:
        problem = f"there is no pool of {application.role!r}, as which the application connects"
        yield _found(("application",), "role", "POOL004", problem, ", ".join(pooling.pools), "name one of these")
        return
    replicas = pooling.replicas // pooling.poolers
    asked = replicas * application.pool
    if asked > pool.clients:
        problem = f"{replicas} × {application.pool} connections of the application are more than the pool's clients"
        allowed = f"{pool.clients} clients, as pools.{application.role}.clients says"
        fix = f"raise that to {asked}, or lower the application's pool"
        yield _found(("application",), "pool", "POOL004", f"{problem} ({asked} > {pool.clients})", allowed, fix)


def _waits(pooling: "Pooling") -> Iterator[InitErrorDetails]:
    """Yield timeouts of which the one that must come first would come last."""
    pooler, application = pooling.pooler, pooling.application
    orders = [
        (("pooler", "reserveTimeout"), pooler.reserve_timeout, "query_wait_timeout", pooler.query_wait_timeout, True),
        (("pooler", "serverIdleTimeout"), pooler.server_idle_timeout, "server_lifetime", pooler.server_lifetime, False),
        (("pooler", "queryWaitTimeout"), pooler.query_wait_timeout, "acquire", application.acquire, False),
    ]
    for role, limits in pooling.server.roles.items():
        if role in pooling.pools and limits.idle_session_timeout is not None:
            name = f"{role}'s idle_session_timeout"
            limit = limits.idle_session_timeout
            orders.append((("pooler", "serverIdleTimeout"), pooler.server_idle_timeout, name, limit, True))
    for (part, key), first, name, second, strictly in orders:
        early, late = milliseconds(first), milliseconds(second)
        if early > late or (strictly and early == late):
            problem = f"{first} does not end before {name} ({second}) does, so that it would never count"
            allowed = f"less than {second}" if strictly else f"{second} at most"
            yield _found((part,), key, "POOL005", problem, allowed, f"shorten it, or lengthen {name}")


def _sum(pooling: "Pooling") -> Iterator[InitErrorDetails]:
    limit = pooling.server.max_connections
    if pooling.total > limit:
        problem = f"{pooling.arithmetic()}, more than max_connections {limit}"
        fix = "lower the pools' sizes or the replicas, share one pooler, or raise server.maxConnections"
        yield _found((), "pools", "POOL003", problem, f"{limit} connections", fix)


def _found(path: tuple[str, ...], key: str, code: str, problem: str, allowed: str, fix: str) -> InitErrorDetails:
    error = fault(code, problem, allowed=allowed, fix=fix)
    return InitErrorDetails(type=error, loc=(*path, key), input=None)
