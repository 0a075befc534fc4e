"""What the application is to be configured with: where it connects, its pool, its cache, timeouts, and the flags.

Nothing secret is in it: the password reaches the application from wherever its secrets are kept.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from infra.delivery.env_text import assignment, flag_blocks
from infra.models.amounts import milliseconds, seconds
from infra.models.pool import Mode, Pooling
from infra.models.pool_server import Platform, RoleTimeouts

_MARKER: Final = "# What the application of stack {} is configured with, written by the rollout. Change the stack file."
_HARMLESS: Final = (
    "# No secret is in it: PGPASSWORD, for this user, comes from where the application's secrets are kept."
)
#: Supabase's pooler tells projects apart by the user's name.
_SUPABASE_POOLER: Final = ".pooler.supabase.com"
_SUPABASE_HOST: Final = ".supabase.co"


@dataclass(frozen=True)
class Address:
    """Where the application connects: the pooler, or the database itself where no pooler runs."""

    host: str
    port: int
    name: str
    sslmode: str
    pooled: bool = True


@dataclass(frozen=True)
class AppConfig:
    """The application's configuration for one stack."""

    stack: str
    address: Address
    pooling: Pooling
    flags: Mapping[str, bool]
    database_host: str = field(default="")
    """The database's own host, in which Supabase's name of the project stands."""

    @property
    def user(self) -> str:
        """Who logs in: at Supabase's pooler with the project's name behind a dot."""
        role = self.pooling.application.role
        project = self.database_host.removeprefix("db.").removesuffix(_SUPABASE_HOST)
        supabase = self.pooling.platform is Platform.SUPABASE and self.address.host.endswith(_SUPABASE_POOLER)
        return f"{role}.{project}" if supabase and project else role

    @property
    def timeouts(self) -> dict[str, int]:
        """Timeouts in milliseconds, those that hold for the application's role."""
        limits = self.pooling.server.roles.get(self.pooling.application.role, RoleTimeouts())
        known = {
            "queryWait": self.pooling.pooler.query_wait_timeout if self.address.pooled else None,
            "statement": limits.statement_timeout,
            "idleInTransaction": limits.idle_in_transaction_session_timeout,
            "idleSession": limits.idle_session_timeout,
        }
        return {name: milliseconds(value) for name, value in known.items() if value is not None}

    @property
    def mode(self) -> str:
        """What a connection is the application's own for."""
        pool = self.pooling.pools[self.pooling.application.role]
        return pool.mode.value if self.address.pooled else Mode.SESSION.value


def render_app_json(config: AppConfig) -> str:
    """Return the configuration as JSON: the pool and the cache in the guide's own words, times in milliseconds."""
    return json.dumps(_document(config), indent=2) + "\n"


def _document(config: AppConfig) -> dict[str, Any]:
    application, address = config.pooling.application, config.address
    return {
        "database": {
            "host": address.host,
            "port": address.port,
            "name": address.name,
            "user": config.user,
            "sslmode": address.sslmode,
            "mode": config.mode,
            "preparedStatements": config.mode == Mode.SESSION,
        },
        "pool": {
            "poolSize": application.pool,
            "idleTimeout": milliseconds(application.idle),
            "acquireTimeout": milliseconds(application.acquire),
        },
        "cache": {"ttl": seconds(application.cache.ttl), "maxSize": application.cache.entries},
        "timeouts": config.timeouts,
        "flags": dict(config.flags),
    }


def render_app_env(config: AppConfig) -> str:
    """Return the configuration as lines that a shell can read, each group below what it is."""
    application, address = config.pooling.application, config.address
    where = "the pooler" if address.pooled else "the database itself: no pooler runs before it"
    mode = "Settings, claims and locks hold for one transaction." if config.mode == Mode.TRANSACTION else ""
    database: dict[str, str | int | bool] = {
        "PGHOST": address.host,
        "PGPORT": address.port,
        "PGDATABASE": address.name,
        "PGUSER": config.user,
        "PGSSLMODE": address.sslmode,
        "DATABASE_POOL_MODE": config.mode,
        "DATABASE_PREPARED_STATEMENTS": config.mode == Mode.SESSION,
    }
    pool = {
        "DATABASE_POOL_SIZE": application.pool,
        "DATABASE_POOL_IDLE_TIMEOUT_MS": milliseconds(application.idle),
        "DATABASE_POOL_ACQUIRE_TIMEOUT_MS": milliseconds(application.acquire),
    }
    cache = {"CACHE_TTL_SECONDS": seconds(application.cache.ttl), "CACHE_MAX_ENTRIES": application.cache.entries}
    timeouts = {_TIMEOUTS[name]: value for name, value in config.timeouts.items()}
    blocks = [
        f"{_MARKER.format(config.stack)}\n{_HARMLESS}\n",
        _block(f"Where to connect: {where}. {mode}", database),
        _block("The application's own pool of connections.", pool),
        _block("The application's cache.", cache),
        *([_block("After which the pooler and the server give up, in milliseconds.", timeouts)] if timeouts else []),
        *flag_blocks(config.flags),
    ]
    return "\n".join(blocks)


_TIMEOUTS: Final[Mapping[str, str]] = {
    "queryWait": "DATABASE_QUERY_WAIT_TIMEOUT_MS",
    "statement": "DATABASE_STATEMENT_TIMEOUT_MS",
    "idleInTransaction": "DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS",
    "idleSession": "DATABASE_IDLE_SESSION_TIMEOUT_MS",
}


def _block(title: str, values: Mapping[str, str | int | bool]) -> str:
    lines = (assignment(name, value) for name, value in values.items())
    return "\n".join([f"# {title.strip()}", *lines]) + "\n"
