"""The pooler of a stack: the one beside the embedded database, brought up and looked at, or another one's console."""

import os
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from infra.cli.output import Output
from infra.cli.stack_settings import read_settings
from infra.cli.stacks import Stack, find_stack
from infra.database.target import Target
from infra.embedded.pooler import NOT_INSTALLED, EmbeddedPooler, ensure_pooler, running_console
from infra.embedded.postgres import EmbeddedDatabase, ensure_running
from infra.errors import RolloutError
from infra.models.pool import Pooling
from infra.pipeline.pooling import DEFAULTS
from infra.pooling.status import PoolerState
from infra.pooling.versions import installed_version

PASSWORD_VARIABLE: Final = "ROLLOUT_CONSOLE_PASSWORD"  # noqa: S105 - the name of the variable
USER_VARIABLE: Final = "ROLLOUT_CONSOLE_USER"
_USER: Final = "rollout_console"


def bring_pooler(database: EmbeddedDatabase, pooling: Pooling | None, output: Output) -> EmbeddedPooler | None:
    """Bring up the pooler beside the embedded database, or say plainly that there is none."""
    pooler = ensure_pooler(database, pooling)
    if pooler is None:
        output.note(NOT_INSTALLED)
    elif not pooler.config.prepared_statements and (pooling or DEFAULTS).pooler.prepared_statements:
        version = pooler.config.version
        output.note(f"PgBouncer {version} keeps no prepared statements: the application must not use any through it")
    return pooler


def bring_stack_pooler(stack: Stack, output: Output) -> EmbeddedPooler | None:
    """Bring up the pooler of a stack whose database is the embedded one, with the stack's pools."""
    return bring_pooler(ensure_running(stack.home), read_settings(stack).pooling, output)


def find_console(name: str) -> tuple[Target, bool]:
    """Return the way to a stack's console, and whether PgBouncer is this machine's own.

    Raises:
        RolloutError: CLI001 where no password is given, PGB001 where no pooler runs beside the embedded database.
    """
    stack = find_stack(name)
    if stack.has_embedded_database:
        return running_console(stack.home), True
    password = os.environ.get(PASSWORD_VARIABLE)
    if not password:
        fix = f"give the password of the console in {PASSWORD_VARIABLE}"
        raise RolloutError("CLI001", "pool status", "the console's password is not known", fix=fix)
    pooler = read_settings(stack).pooling.pooler
    user = os.environ.get(USER_VARIABLE) or _USER
    return Target(
        host=pooler.host, port=pooler.port, name="pgbouncer", user=user, password=password, sslmode="prefer"
    ), installed_version() is not None and pooler.host in {"127.0.0.1", "localhost"}


def show_state(state: PoolerState, output: Output) -> None:
    """Show the pools, the waits and the holes."""
    if state.pools:
        output.show(_table(state))
    else:
        output.line("no pool has a client or a connection just now")
    output.line(
        f"PgBouncer {state.version}: {state.clients} of {state.max_clients} clients; "
        f"a wait takes {state.average_wait_ms} ms on average"
    )
    for hole in state.holes:
        output.line(str(hole), "yellow")


def _table(state: PoolerState) -> Table:
    table = Table("pool", box=SIMPLE_HEAD)
    for name in ("mode", "state"):
        table.add_column(name, no_wrap=True)
    for name in ("clients", "wait", "longest", "busy", "free", "size"):
        table.add_column(name, justify="right", no_wrap=True)
    for pool in state.pools:
        numbers = (pool.active, pool.waiting, f"{pool.longest_wait:.1f} s", pool.busy, pool.free, pool.size)
        table.add_row(f"{pool.role}@{pool.database}", pool.mode, pool.state, *map(str, numbers))
    return table
