"""From the pools of a stack to one PgBouncer: what each of its databases, roles and limits comes to."""

from dataclasses import dataclass, field
from typing import Any, Final

from infra.models.amounts import seconds
from infra.models.pgbouncer import Mode, PgBouncer, PooledDatabase, PooledRole
from infra.models.pool import Pooling
from infra.pooling.versions import PREPARED_STATEMENTS, ROLES_LOOKED_UP, Version, spell

#: Clients that look at the console, beside those of the pools.
_CONSOLE_CLIENTS: Final = 5


@dataclass(frozen=True)
class Logins:
    """Who asks the database for logins, and who works the console. No password shows in a repr."""

    lookup_role: str | None = None
    lookup_password: str | None = field(default=None, repr=False)
    console_password: str = field(default="", repr=False)
    verifiers: dict[str, str] = field(default_factory=dict, repr=False)


def pgbouncer_of(
    pooling: Pooling, server: tuple[str, int], version: Version, logins: Logins, *, folder: str, **further: Any
) -> PgBouncer:
    """Return the PgBouncer that a pooling asks for.

    Args:
        pooling: The pools, with their databases named.
        server: Host and port of the PostgreSQL behind it.
        version: PgBouncer's own.
        logins: Whoever is not a client.
        folder: Where its files are written.
        further: What the pooling does not say: addresses, TLS, files.
    """
    pooler = pooling.pooler
    values = {
        "address": pooler.host,
        "port": pooler.port,
        "databases": tuple(_database(pooling, name, server) for name in pooling.databases),
        "roles": (*_roles(pooling, version, logins), *_lookups(pooling, logins)),
        "max_clients": pooling.clients + _CONSOLE_CLIENTS,
        "query_wait_timeout": seconds(pooler.query_wait_timeout),
        "reserve_timeout": seconds(pooler.reserve_timeout),
        "server_connect_timeout": seconds(pooler.server_connect_timeout),
        "server_lifetime": seconds(pooler.server_lifetime),
        "server_idle_timeout": seconds(pooler.server_idle_timeout),
        "client_idle_timeout": seconds(pooler.client_idle_timeout) if pooler.client_idle_timeout else None,
        "prepared_statements": pooler.prepared_statements if version >= PREPARED_STATEMENTS else 0,
    }
    named = {
        "lookup_role": logins.lookup_role,
        "lookup_password": logins.lookup_password,
        "console_password": logins.console_password,
        "verifiers": logins.verifiers,
    }
    return PgBouncer(folder=folder, version=spell(version), **(values | named | further))


def _database(pooling: Pooling, name: str, server: tuple[str, int]) -> PooledDatabase:
    """Return a database with the largest of its pools: the roles' own limits hold the others to less."""
    pools = pooling.pools.values()
    return PooledDatabase(
        name=name,
        host=server[0],
        port=server[1],
        size=max(pool.size for pool in pools),
        minimum=max(pool.minimum for pool in pools),
        reserve=max(pool.reserve for pool in pools),
        # Not the roles' sum alone: a role that the stack does not name may come in too, and the sum must hold.
        max_connections=sum(pool.most for pool in pools) + pooling.lookups,
    )


def _roles(pooling: Pooling, version: Version, logins: Logins) -> list[PooledRole]:
    """Return what holds for each role, as far as the version can: a role that is looked up has no limits before 1.23.

    What is left then is the limit of the database, which is the sum, and the largest of the sizes for each.
    """
    roles = [_role(pooling, role) for role in sorted(pooling.pools)]
    if version >= ROLES_LOOKED_UP:
        return roles
    return [role for role in roles if role.name in logins.verifiers or role.mode is not Mode.TRANSACTION]


def _role(pooling: Pooling, name: str) -> PooledRole:
    pool = pooling.pools[name]
    return PooledRole(name=name, max_connections=pool.most * pooling.database_count, mode=Mode(pool.mode.value))


def _lookups(pooling: Pooling, logins: Logins) -> list[PooledRole]:
    if logins.lookup_role is None or not pooling.lookups:
        return []
    most = pooling.lookups * pooling.database_count
    return [PooledRole(name=logins.lookup_role, max_connections=most, mode=Mode.TRANSACTION)]
