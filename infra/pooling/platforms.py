"""What the same pools come to at a platform's own pooler and server, which it alone sets: as commands and figures."""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from infra.ddl.setting import plan_setting
from infra.models.amounts import seconds
from infra.models.pool import Pooling
from infra.models.pool_server import LIBRARIES, Platform

#: What Supabase lets a project's owner set of these; the rest it keeps as it is, pg_stat_statements loaded.
_SUPABASE_SETTINGS: Final = frozenset({"max_connections"})
#: RDS has a name of its own for its superuser's share, and leaves PostgreSQL's as it is.
_RDS_KEEPS: Final = frozenset({"superuser_reserved_connections"})
_AT_ONCE: Final = frozenset({"pg_stat_statements.track", "pg_stat_statements.track_utility"})
_RELOAD: Final = "setting: reload"
_POOLER_URL: Final = "https://api.supabase.com/v1/projects/$PROJECT_REF/config/database/pooler"


@dataclass(frozen=True)
class Setup:
    """One thing to set: what it is, its figures, and the command, in which capitals are to be filled in."""

    title: str
    figures: dict[str, Any]
    command: str = ""
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"title": self.title, "figures": self.figures, "command": self.command, "notes": list(self.notes)}


def setups(pooling: Pooling) -> tuple[Setup, ...]:
    """Return what is to be set for these pools on the pooling's platform."""
    return _SETUPS[pooling.platform](pooling)


def _plain(pooling: Pooling) -> tuple[Setup, ...]:
    values = {item.parameter: item.value for item in pooling.server.system_settings}
    pools = {role: pool.most for role, pool in sorted(pooling.pools.items())}
    files = (
        f"each pooler has {pooling.clients} clients + {pooling.server_connections} server connections:"
        f" {pooling.files} open files, and some for itself"
    )
    notes = (
        "max_connections and the libraries hold from the server's next start on",
        "`up` adds to the libraries that are loaded already; with psql, write those into the list as well",
    )
    return (
        Setup("The server: `up` sets it", values, "\n  ".join(f"{text};" for text in _statements(pooling)), notes),
        Setup("The pooler: connections of each role in each database, reserves included", pools, notes=(files,)),
    )


def _statements(pooling: Pooling) -> list[str]:
    """Return what sets the server's settings with psql; the reload that ends each of them stands once, last."""
    plans = (plan_setting(None, item) for item in pooling.server.system_settings)
    found = [statement for plan in plans for step in plan for statement in step.statements]
    found.sort(key=lambda statement: statement.kind == _RELOAD)
    return list(dict.fromkeys(statement.text for statement in found))


def _supabase(pooling: Pooling) -> tuple[Setup, ...]:
    values = {
        item.parameter: item.value for item in pooling.server.system_settings if item.parameter in _SUPABASE_SETTINGS
    }
    config = " ".join(f"--config {name}={value}" for name, value in values.items())
    command = f"supabase --experimental --project-ref $PROJECT_REF postgres-config update {config}"
    note = "Supabase restarts the database for it; its own default follows the compute size"
    kept = f"{LIBRARIES} and pg_stat_statements.* stay as Supabase has them: the library is loaded"
    return (Setup("The server", values, command, (note, kept)), _supavisor(pooling))


def _supavisor(pooling: Pooling) -> Setup:
    """Return the one size that every pool has there: the largest, for each role in each database."""
    size = max(pool.most for pool in pooling.pools.values())
    all_pools = len(pooling.pools) * pooling.database_count
    notes = [
        (
            f"every role has this size in every database: {all_pools} × {size} = {all_pools * size} connections at"
            f" most, of max_connections {pooling.server.max_connections}"
        ),
        "transaction mode is port 6543; what waits there is told after Supavisor's own time",
    ]
    if pooling.placement != "shared":
        notes.append("it is one pooler for all replicas: write `placement: shared` below `pooling`")
    command = (
        f'curl -X PATCH "{_POOLER_URL}" -H "Authorization: Bearer $SUPABASE_ACCESS_TOKEN"'
        f" -H 'Content-Type: application/json' -d {shlex.quote(json.dumps({'default_pool_size': size}))}"
    )
    return Setup("Supavisor, Supabase's pooler", {"default_pool_size": size}, command, tuple(notes))


def _rds(pooling: Pooling) -> tuple[Setup, ...]:
    values = {item.parameter: item.value for item in pooling.server.system_settings if item.parameter not in _RDS_KEEPS}
    parameters = " ".join(map(shlex.quote, (_parameter(name, value) for name, value in values.items())))
    command = f"aws rds modify-db-parameter-group --db-parameter-group-name GROUP --parameters {parameters}"
    notes = ("reboot the instance for what is pending-reboot", f"{LIBRARIES}: keep what else the group has there")
    return (Setup("The DB parameter group", values, command, notes), _proxy(pooling))


def _parameter(name: str, value: str) -> str:
    method = "immediate" if name in _AT_ONCE else "pending-reboot"
    # A comma would end the pair.
    return f"ParameterName={name},ParameterValue='{value.replace(', ', ',')}',ApplyMethod={method}"


def _proxy(pooling: Pooling) -> Setup:
    """Return RDS Proxy's figures: its shares of max_connections, rounded down so that the sum holds."""
    limit = pooling.server.max_connections
    minimum = pooling.database_count * sum(pool.minimum for pool in pooling.pools.values())
    most = max(1, pooling.pooled * 100 // limit)
    figures = {
        "MaxConnectionsPercent": most,
        "MaxIdleConnectionsPercent": min(most, minimum * 100 // limit),
        "ConnectionBorrowTimeout": seconds(pooling.pooler.query_wait_timeout),
    }
    config = ",".join(f"{name}={value}" for name, value in figures.items())
    command = (
        "aws rds modify-db-proxy-target-group --db-proxy-name PROXY --target-group-name default"
        f" --connection-pool-config {config}"
    )
    clients, size = pooling.clients, pooling.kept
    notes = (
        f"{most} % of {limit} are {limit * most // 100} connections, for {pooling.pooled} in the stack file",
        (
            "a client that sets claims is pinned: it keeps its connection until it leaves, as in session mode"
            f" ({clients} clients on {size} connections are {clients / size:.3g}:1)"
        ),
    )
    return Setup("RDS Proxy", figures, command, notes)


_SETUPS: Final[dict[Platform, Callable[[Pooling], tuple[Setup, ...]]]] = {
    Platform.PLAIN: _plain,
    Platform.SUPABASE: _supabase,
    Platform.RDS: _rds,
}
