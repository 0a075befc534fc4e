"""A real PgBouncer before a test's database, running on the files that the product renders for its version."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from infra.database.console import Console, open_console
from infra.database.target import Target
from infra.embedded.pg_account import server_account
from infra.embedded.pg_binaries import wheel_binaries
from infra.embedded.pg_cluster import free_port
from infra.embedded.pooler import LOOKUP_ROLE, SCRIPT, group_of
from infra.embedded.pooler_process import PoolerPlace
from infra.models.pgbouncer import Mode, PgBouncer, ServerTls
from infra.pooling.applying import apply_config, console_target
from infra.pooling.files import Folder
from infra.pooling.scram import scram_verifier
from infra.pooling.versions import installed_version, spell
from tests.clusters import Database, open_folder

LOOKUP_PASSWORD: Final = "looks-logins-up"
CONSOLE_PASSWORD: Final = "works-the-console"
#: As many clients as the largest test has, and some.
OPEN_FILES: Final = 1200


@dataclass
class Pooler:
    """A running PgBouncer."""

    database: Database
    place: PoolerPlace
    config: PgBouncer
    said: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """The folder of its files."""
        return self.place.folder

    @property
    def mode(self) -> str:
        """When a server connection goes back to its pool."""
        return self.config.mode.value

    @property
    def target(self) -> Target:
        """The deployer's login through it."""
        return self.through(self.database.deployer)

    def through(self, login: Target) -> Target:
        """Return a login of the database through the pooler."""
        return login.model_copy(update={"host": "127.0.0.1", "port": self.config.port})

    def apply(self, *, former_password: str | None = None, **changes: Any) -> list[str]:
        """Bring it to a changed configuration as the product does, and return what waits for a restart."""
        wanted = PgBouncer.model_validate(self.config.model_dump() | changes)
        folder = Folder(self.home, wanted.group)
        pending = apply_config(wanted, folder, self.said.append, place=str(self.home), former_password=former_password)
        self.config = wanted
        return pending

    @contextmanager
    def console(self) -> Iterator[Console]:
        """Yield its console."""
        with open_console(console_target(self.config)) as console:
            yield console

    def log(self) -> str:
        """Return its log."""
        return self.place.log.read_text(encoding="utf-8")

    def psql(self, statement: str) -> str:
        """Return what psql prints for one statement through the pooler."""
        done = subprocess.run(
            [wheel_binaries() / "psql", "-XAtq", "-c", statement, self.target.dsn()],
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        )
        return done.stdout.strip()

    def stop(self) -> None:
        """Stop it and delete its files."""
        self.place.stop()
        shutil.rmtree(self.home.parent, ignore_errors=True)


def start_pooler(database: Database, mode: str, pool_size: int = 4, **further: Any) -> Pooler:
    """Start PgBouncer on a free port; where it is not installed the test fails, or is skipped outside CI.

    It lets in whom `further` says: by `verifiers`, or with `lookup_role`; or else the deployer by its verifier.
    """
    require_pgbouncer()
    account = server_account()
    place = PoolerPlace(open_folder() / "pooler", account)
    place.make()
    target = database.deployer
    if not further.keys() & {"lookup_role", "verifiers"}:
        further["verifiers"] = {target.user: verifier_of(database, target.user)}
    values: dict[str, Any] = {
        "folder": str(place.folder),
        "version": spell(installed_version() or (0, 0, 0)),
        "port": free_port(),
        "mode": Mode(mode),
        "server_tls": ServerTls.DISABLE,
        "group": group_of(account.gid) if account else None,
        "log_file": str(place.log),
        "pid_file": str(place.pid_file),
        "console_password": CONSOLE_PASSWORD,
        "databases": [{"name": target.name, "host": target.host, "port": target.port, "size": pool_size}],
    }
    pooler = Pooler(database, place, PgBouncer.model_validate(values | further))
    pooler.apply()
    place.start(OPEN_FILES)
    return pooler


def start_with_lookup(database: Database, pool_size: int = 4, **further: Any) -> Pooler:
    """Start PgBouncer with the function that looks logins up in the database."""
    require_pgbouncer()
    install_lookup(database)
    login = {"lookup_role": LOOKUP_ROLE, "lookup_password": LOOKUP_PASSWORD}
    return start_pooler(database, "transaction", pool_size, **(login | further))


def install_lookup(database: Database) -> None:
    """Run the script that a superuser runs once."""
    verifier = scram_verifier(LOOKUP_PASSWORD)
    database.psql(f"--set=role={LOOKUP_ROLE}", f"--set=verifier={verifier}", f"--file={SCRIPT}", user="admin")


def require_pgbouncer() -> None:
    """Fail in CI, and skip elsewhere, where PgBouncer is not installed."""
    if installed_version() is None:
        if os.environ.get("CI"):
            pytest.fail("PgBouncer is not installed; with CI set it must be (make deps)")
        pytest.skip("PgBouncer is not installed (make deps)")


def verifier_of(database: Database, role: str) -> str:
    """Return what the server keeps of a role's password."""
    with database.connect(user="admin") as connection:
        row = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [role]).fetchone()
    assert row is not None
    return str(row[0])
