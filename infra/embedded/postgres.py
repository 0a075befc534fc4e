"""The embedded PostgreSQL: one command's call makes it, starts it and tells how to reach it."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.database.target import Target
from infra.embedded.pg_account import Account, may_enter, may_run, server_account
from infra.embedded.pg_binaries import reachable_binaries, wheel_binaries
from infra.embedded.pg_bootstrap import AUTHENTICATOR, DATABASE, DEPLOYER, build
from infra.embedded.pg_cluster import HOST, SUPERUSER, Cluster
from infra.embedded.pg_folder import is_ours, locked, make_folder, named_failures, require_ours
from infra.embedded.pg_passwords import Passwords
from infra.embedded.pg_settings import BUILDING
from infra.embedded.pooler_process import PoolerPlace
from infra.errors import RolloutError

HOME_VARIABLE: Final = "ROLLOUT_HOME"
#: Survives a restart of the machine, is there everywhere, and every account may walk through it.
SHARED_FOLDER: Final = Path("/var/tmp")  # noqa: S108 - our folder in it is made with its owner and mode checked


@dataclass(frozen=True)
class EmbeddedDatabase:
    """A running embedded PostgreSQL: the application's database as its three logins see it."""

    deployer: Target
    admin: Target
    authenticator: Target
    folder: Path


@dataclass(frozen=True)
class Status:
    """Where the embedded PostgreSQL is kept, whether it was made, and its port while it runs."""

    folder: Path
    exists: bool
    port: int | None

    @property
    def running(self) -> bool:
        """Whether the server runs."""
        return self.port is not None


def home_of(project: Path) -> Path:
    """Return the folder of the embedded parts: `ROLLOUT_HOME`, or `.rollout` in the project."""
    return Path(os.environ.get(HOME_VARIABLE) or project / ".rollout").resolve()


def ensure_running(home: Path) -> EmbeddedDatabase:
    """Make the server on first use, start it unless it runs, and return its logins. Safe to call at any time.

    Raises:
        RolloutError: EMB001 with the end of the server's log and what to do.
    """
    account = server_account()
    with named_failures(home):
        folder = make_folder(folder_of(home, account), account)
        with locked(folder):
            cluster = Cluster(reachable_binaries(account, folder), folder, account)
            passwords = _passwords(cluster)
            if not cluster.exists():
                _build(cluster, passwords)
            port = cluster.start()
    return embedded_database(folder, port, passwords)


def stop(home: Path) -> bool:
    """Stop the server, and the pooler before it, if they run; return whether the server did.

    Raises:
        RolloutError: EMB001 when it does not stop, EMB003 when the pooler does not.
    """
    with named_failures(home):
        cluster = _existing(home)
        if cluster is None:
            return False
        with locked(cluster.folder):
            pooler_place(cluster.folder, cluster.account).stop()
            was_running = cluster.is_running()
            cluster.stop()
    return was_running


def status(home: Path) -> Status:
    """Return the state of the server without changing anything."""
    with named_failures(home):
        folder = folder_of(home, server_account())
        cluster = _existing(home)
        running = cluster.postmaster() if cluster else None
    return Status(folder, cluster is not None, running.port if running else None)


def folder_of(home: Path, account: Account | None) -> Path:
    """Return the server's folder: in the home, or one of its own where the server's account cannot get that far.

    The second is the case of root with a checkout in a closed folder, such as its own home. Once made, a server stays
    where it is.
    """
    home = home.resolve()
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    inside, outside = home / "db", SHARED_FOLDER / f"rollout-{digest}"
    for made in (inside, outside):
        if is_ours(made) and (made / "data").exists():
            return made
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    reachable = may_enter(account, nearest) and may_run(account, wheel_binaries() / "postgres")
    return inside if reachable else outside


def embedded_database(folder: Path, port: int, passwords: Passwords, name: str = DATABASE) -> EmbeddedDatabase:
    """Return the three logins of a database on the server."""

    def target(user: str, password: str) -> Target:
        return Target(host=HOST, port=port, name=name, user=user, password=password, sslmode="disable")

    return EmbeddedDatabase(
        deployer=target(DEPLOYER, passwords.deployer),
        admin=target(SUPERUSER, passwords.admin),
        authenticator=target(AUTHENTICATOR, passwords.authenticator),
        folder=folder,
    )


def pooler_place(folder: Path, account: Account | None) -> PoolerPlace:
    """Return where the PgBouncer beside the server stands, whether it is there or not."""
    return PoolerPlace(folder.resolve() / "pooler", account)


def _existing(home: Path) -> Cluster | None:
    account = server_account()
    folder = folder_of(home, account)
    if not (folder / "data").exists():
        return None
    require_ours(folder)
    return Cluster(reachable_binaries(account, folder), folder, account)


def _passwords(cluster: Cluster) -> Passwords:
    path = cluster.folder / "passwords.json"
    if cluster.exists() and not path.exists():
        raise RolloutError(
            "EMB001",
            str(path),
            "the embedded PostgreSQL is there and its passwords are gone",
            fix=f"put the file back, or move {cluster.folder} away to start with an empty database",
        )
    return Passwords.kept_in(path)


def _build(cluster: Cluster, passwords: Passwords) -> None:
    """Make and bootstrap the cluster aside, and give it its place when it is whole: no half of one is ever met."""
    aside = Cluster(cluster.binaries, cluster.folder / "building", cluster.account, BUILDING)
    aside.remove()
    try:
        build(aside, passwords)
    finally:
        aside.stop()
    aside.sync()
    aside.data.rename(cluster.data)
    shutil.rmtree(aside.folder)
