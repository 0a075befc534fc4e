"""The fixtures themselves: a test finds exactly the bootstrap state, whatever the one before it did."""

import pytest

from tests.cluster_state import cluster_state, connect
from tests.clusters import Database, Server


def _spoil_by_names(database: Database) -> None:
    """Roles and a database of its own, with grants everywhere: what a deploy leaves."""
    with database.connect() as connection:
        connection.execute("CREATE ROLE owner NOLOGIN")
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'x' IN ROLE anon")
        connection.execute("GRANT owner TO deployer")
        connection.execute("CREATE SCHEMA private AUTHORIZATION owner")
        connection.execute("GRANT CONNECT ON DATABASE eden_academy TO reader")
        connection.execute("ALTER ROLE reader SET work_mem = '5MB'")
        connection.execute("CREATE DATABASE another")
        connection.execute("ALTER SYSTEM SET work_mem = '5MB'")


def _spoil_a_bootstrap_role(database: Database) -> None:
    with database.connect(user="admin") as connection:
        connection.execute("ALTER ROLE deployer SUPERUSER PASSWORD 'another'")
        connection.execute("ALTER ROLE anon SET statement_timeout = '1s'")
        connection.execute("GRANT service_role TO anon")


def _spoil_a_parameter(database: Database) -> None:
    with database.connect(user="admin") as connection:
        connection.execute("GRANT ALTER SYSTEM ON PARAMETER archive_command TO deployer")


def _spoil_by_restarting(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("ALTER SYSTEM SET max_connections = 50")
    database.server.cluster.stop()
    database.server.cluster.start()


def _spoil_by_stopping(database: Database) -> None:
    database.server.cluster.stop()


@pytest.mark.parametrize(
    "spoil",
    [_spoil_by_names, _spoil_a_bootstrap_role, _spoil_a_parameter, _spoil_by_restarting, _spoil_by_stopping],
    ids=lambda spoil: spoil.__name__.removeprefix("_spoil_"),
)
def test_reset_brings_the_bootstrap_state_back(server: Server, spoil: object) -> None:
    database = server.create_database()
    assert callable(spoil)
    spoil(database)
    server.reset()
    with connect(server.admin) as connection:
        assert cluster_state(connection) == server.state
    fresh = server.create_database()
    with fresh.connect() as connection:
        assert connection.execute("SHOW max_connections").fetchone() == ("200",)
    server.reset()


def test_databases_made_one_after_the_other_are_equal(server: Server) -> None:
    """By pg_dump with a fixed key, byte for byte, and by their roles."""
    first = server.create_database()
    dump, roles = first.dump(), first.roles()
    server.reset()
    second = server.create_database()
    assert (second.dump(), second.roles()) == (dump, roles)
    assert "CREATE TABLE auth.users" in dump
    server.reset()
