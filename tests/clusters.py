"""Real PostgreSQL servers for the tests, and fresh databases on them that start from exactly the bootstrap state."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg

from infra.database.target import Target
from infra.embedded.pg_account import may_enter, plain_environment, server_account
from infra.embedded.pg_binaries import reachable_binaries
from infra.embedded.pg_bootstrap import AUTHENTICATOR, DATABASE, DEPLOYER, build
from infra.embedded.pg_cluster import SUPERUSER, Cluster
from infra.embedded.pg_folder import is_ours
from infra.embedded.pg_passwords import Passwords
from infra.embedded.pg_process import find_postmaster
from infra.embedded.pooler_process import PoolerPlace
from infra.embedded.postgres import SHARED_FOLDER, embedded_database
from tests.cluster_state import Connection, State, cluster_state, connect, drop_databases, drop_roles, run

DEBIAN_15: Final = Path("/usr/lib/postgresql/15/bin")
VERSIONS: Final = ("18", "15")
TEMPLATE: Final = "template_bootstrapped"
#: A throw-away server: nothing in it outlives the tests.
SETTINGS: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "jit": "off",  # it compiles what runs once
}
PREFIX: Final = "rollout-tests-"
PLACES: Final = (Path(tempfile.gettempdir()), SHARED_FOLDER)
#: pg_dump writes a random key into every dump unless it is given one.
RESTRICT_KEY: Final = "rollout"

Claims = Mapping[str, object] | str | None
ROLES: Final[LiteralString] = """
    SELECT jsonb_build_object(
        'name', r.rolname, 'superuser', r.rolsuper, 'inherit', r.rolinherit, 'createrole', r.rolcreaterole,
        'createdb', r.rolcreatedb, 'login', r.rolcanlogin, 'replication', r.rolreplication,
        'bypassrls', r.rolbypassrls, 'connection_limit', r.rolconnlimit, 'valid_until', r.rolvaliduntil,
        'password', left(r.rolpassword, 13),
        'comment', shobj_description(r.oid, 'pg_authid'),
        'member_of', (
            SELECT coalesce(jsonb_agg(
                to_jsonb(m) - '{oid,roleid,member,grantor}'::text[]
                || jsonb_build_object('role', m.roleid::regrole::text, 'grantor', m.grantor::regrole::text)
                ORDER BY m.roleid::regrole::text, m.grantor::regrole::text), '[]')
            FROM pg_auth_members AS m WHERE m.member = r.oid),
        'settings', (
            SELECT coalesce(jsonb_object_agg(coalesce(d.datname, ''), to_jsonb(s.setconfig)), '{}')
            FROM pg_db_role_setting AS s LEFT JOIN pg_database AS d ON d.oid = s.setdatabase WHERE s.setrole = r.oid))
    FROM pg_authid AS r WHERE r.rolname !~ '^pg_' ORDER BY r.rolname
"""


@dataclass
class Server:
    """A running PostgreSQL with the bootstrapped template; `reset` brings it back to that."""

    version: str
    cluster: Cluster
    passwords: Passwords
    state: State = field(default_factory=list, repr=False)

    @property
    def admin(self) -> Target:
        """The superuser, on the maintenance database."""
        return self.target("admin", "postgres")

    def target(self, user: str, name: str = DATABASE) -> Target:
        """Return the login `admin`, `deployer` or `authenticator` of a database."""
        logins = embedded_database(self.cluster.folder, self.cluster.port, self.passwords, name)
        found: Target = getattr(logins, user)
        return found

    def make_template(self) -> None:
        """Keep the bootstrapped database as the template, stop for a cold copy, and start again."""
        with connect(self.admin) as connection:
            run(connection, "ALTER DATABASE {} RENAME TO {}", DATABASE, TEMPLATE)
            run(connection, "ALTER DATABASE {} IS_TEMPLATE true ALLOW_CONNECTIONS false", TEMPLATE)
            self.state = cluster_state(connection)
        self.cluster.stop()
        _copy(self.cluster.data, self._kept)
        self.cluster.start()

    @property
    def _kept(self) -> Path:
        return self.cluster.folder / "copy"

    def create_database(self, name: str = DATABASE) -> "Database":
        """Return a fresh database in the bootstrap state. `reset` drops it."""
        with connect(self.admin) as connection:
            run(connection, "CREATE DATABASE {} TEMPLATE {} OWNER {}", name, TEMPLATE, DEPLOYER)
        return Database(self, name)

    def reset(self) -> None:
        """Drop every database and role that is not of the bootstrap; restore the cold copy if anything else differs."""
        try:
            clean = self.cluster.is_running() and self._clean()
        except psycopg.Error:
            clean = False
        if not clean:
            self._restore()

    def _clean(self) -> bool:
        with connect(self.admin) as connection:
            drop_databases(connection)
            drop_roles(connection, {row[0] for row in self.state[0]})
            connection.execute("ALTER SYSTEM RESET ALL")
            connection.execute("SELECT pg_reload_conf()")
            return cluster_state(connection) == self.state

    def _restore(self) -> None:
        self.cluster.stop()
        shutil.rmtree(self.cluster.data)
        _copy(self._kept, self.cluster.data)
        self.cluster.start()

    def stop(self) -> None:
        """Stop the server and delete its folder."""
        self.cluster.remove()


@dataclass(frozen=True)
class Database:
    """A fresh application database, as its logins see it."""

    server: Server
    name: str

    @property
    def deployer(self) -> Target:
        """Whoever deploys: owner of the database, no superuser."""
        return self.server.target("deployer", self.name)

    @property
    def admin(self) -> Target:
        """The superuser."""
        return self.server.target("admin", self.name)

    @property
    def authenticator(self) -> Target:
        """The API's login."""
        return self.server.target("authenticator", self.name)

    @contextmanager
    def connect(self, role: str | None = None, claims: Claims = None, user: str = "deployer") -> Iterator[Connection]:
        """Yield a connection: of the user in autocommit, or one transaction as the API makes it for the role.

        With a role the API's login takes it, with the claims of the token, for one transaction that ends in a commit
        (or is rolled back, after an error). Claims are given as a mapping, or as the very text.
        """
        if role is None:
            with connect(getattr(self, user)) as connection:
                yield connection
            return
        with connect(self.authenticator) as connection, connection.transaction():
            run(connection, "SET LOCAL ROLE {}", role)
            if claims is not None:
                text = claims if isinstance(claims, str) else json.dumps(claims, default=str)
                connection.execute("SELECT set_config('request.jwt.claims', %s, true)", [text])
            yield connection

    def sign_up(self, email: str) -> uuid.UUID:
        """Add a user as the platform's login service does, and return the id."""
        user_id = uuid.uuid4()
        with self.connect(user="admin") as connection:
            connection.execute(
                "INSERT INTO auth.users (instance_id, id, aud, role, email, raw_app_meta_data, raw_user_meta_data,"
                " created_at, updated_at) VALUES ('00000000-0000-0000-0000-000000000000', %s, 'authenticated',"
                " 'authenticated', %s, '{}', '{}', now(), now())",
                [user_id, email],
            )
        return user_id

    def dump(self, *, schema_only: bool = True) -> str:
        """Return pg_dump's text of the database, by the server's own version."""
        options = ["--schema-only"] if schema_only else []
        return self.run("pg_dump", f"--restrict-key={RESTRICT_KEY}", *options).stdout

    def psql(self, *options: str, user: str = "deployer", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the server's own psql on the database, stopping at the first error."""
        return self.run("psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", *options, user=user, check=check)

    def run(
        self, program: str, *options: str, user: str = "admin", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run one of the server's own programs, logged in to the database."""
        target: Target = getattr(self, user)
        login = {"PGHOST": target.host, "PGPORT": str(target.port), "PGUSER": target.user, "PGDATABASE": target.name}
        result = subprocess.run(
            [str(self.server.cluster.binaries / program), *options],
            env=plain_environment() | login | {"PGPASSWORD": target.password or "", "PGSSLMODE": "disable"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert result.returncode == 0 or not check, result.stderr
        return result

    def roles(self) -> list[dict[str, Any]]:
        """Return every role with its attributes, memberships (and their options) and settings, sorted by name."""
        with self.connect(user="admin") as connection:
            return [row[0] for row in connection.execute(ROLES)]

    def log(self) -> str:
        """Return the server's log, of all databases and tests so far."""
        return self.server.cluster.log.read_text(encoding="utf-8", errors="replace")


@dataclass
class Servers:
    """The servers of a test session, each started when first asked for."""

    running: dict[str, Server] = field(default_factory=dict)

    def get(self, version: str) -> Server:
        """Return the server of a major version."""
        if version not in self.running:
            self.running[version] = start_server(version)
        return self.running[version]

    def stop(self) -> None:
        """Stop all that were started."""
        for server in self.running.values():
            server.stop()


def start_server(version: str) -> Server:
    """Make, bootstrap and start a throw-away server of the major version."""
    account = server_account()
    folder = open_folder()
    binaries = reachable_binaries(account, folder) if version == "18" else DEBIAN_15
    server = Server(version, Cluster(binaries, folder, account, SETTINGS), Passwords())
    try:
        build(server.cluster, server.passwords)
        server.make_template()
    except BaseException:
        server.stop()
        raise
    return server


def open_folder() -> Path:
    """Make a temporary folder that the server's account may walk through, which pytest's own is not."""
    place = next(place for place in PLACES if may_enter(server_account(), place))
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=place))
    if os.geteuid() == 0:
        folder.chmod(0o711)
    return folder


def sweep() -> None:
    """Stop and delete what test sessions that were killed have left behind."""
    for folder in (left for place in PLACES for left in place.glob(f"{PREFIX}*") if is_ours(left)):
        if not _is_alive(int(folder.name.removeprefix(PREFIX).split("-")[0])):
            with suppress(FileNotFoundError, ProcessLookupError):  # another worker may be at it too
                for pid_file in folder.glob("**/pgbouncer.pid"):
                    PoolerPlace(pid_file.parents[1]).stop()
                for data in folder.glob("**/data"):
                    if left_over := find_postmaster(data):
                        os.kill(left_over.pid, signal.SIGQUIT)
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


__all__ = ["AUTHENTICATOR", "DATABASE", "DEPLOYER", "SUPERUSER", "Database", "Server", "Servers", "connect"]
