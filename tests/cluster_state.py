"""What the databases of one server share, and how to take away what a test has added to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from infra.database.target import Target

Connection = psycopg.Connection[tuple[Any, ...]]
State = list[list[tuple[Any, ...]]]

#: Everything of a cluster that is not of one database: roles, memberships, settings, rights on settings and databases.
STATE: Final[tuple[LiteralString, ...]] = (
    """SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls,
              rolconnlimit, rolvaliduntil::text, rolpassword
         FROM pg_authid WHERE rolname !~ '^pg_' ORDER BY rolname""",
    "SELECT to_jsonb(m) - 'oid' FROM pg_auth_members AS m ORDER BY roleid, member, grantor",
    "SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting ORDER BY setdatabase, setrole",
    "SELECT parname, paracl::text FROM pg_parameter_acl ORDER BY parname",
    "SELECT datname, datdba, datacl::text, datconnlimit FROM pg_database ORDER BY datname",
    "SELECT spcname, spcacl::text FROM pg_tablespace ORDER BY spcname",
    "SELECT name, setting FROM pg_file_settings WHERE sourcefile ~ 'postgresql.auto.conf$' ORDER BY seqno",
    "SELECT name, setting FROM pg_settings WHERE context = 'postmaster' AND name <> 'port' ORDER BY name",
    "SELECT objoid::regrole::text, description FROM pg_shdescription WHERE classoid = 'pg_authid'::regclass ORDER BY 1",
)


@contextmanager
def connect(target: Target) -> Iterator[Connection]:
    """Yield an autocommit connection to the target. It prepares nothing, which a pooler's next client would meet."""
    with psycopg.connect(target.dsn(), autocommit=True, connect_timeout=10, prepare_threshold=None) as connection:
        yield connection


def cluster_state(connection: Connection) -> State:
    """Return all that a test must leave as it found it."""
    return [connection.execute(query).fetchall() for query in STATE]


def run(connection: Connection, text: LiteralString, *names: str) -> None:
    """Run a statement with names in it."""
    connection.execute(sql.SQL(text).format(*map(sql.Identifier, names)))


def drop_databases(connection: Connection) -> None:
    """Drop every database but templates and the maintenance database, sessions in them or not."""
    query = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
    for (name,) in connection.execute(query).fetchall():
        run(connection, "DROP DATABASE {} WITH (FORCE)", name)


def drop_roles(connection: Connection, keep: set[str]) -> None:
    """Drop every role that is not kept, with what it was granted."""
    rows = connection.execute("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_'").fetchall()
    for (name,) in rows:
        if name not in keep:
            run(connection, "DROP OWNED BY {}", name)
            run(connection, "DROP ROLE {}", name)
