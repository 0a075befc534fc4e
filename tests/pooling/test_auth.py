"""Who gets in through the pooler: what the function in the database tells of a login, and to whom."""

import json

import psycopg
import pytest

from infra.database.lookup import check_lookup
from infra.database.session import open_session
from infra.database.target import Target
from infra.embedded.pooler import LOOKUP_ROLE
from infra.errors import RolloutError
from infra.pooling.scram import scram_verifier
from tests.clusters import Database
from tests.pooler import LOOKUP_PASSWORD, install_lookup, start_pooler, start_with_lookup

PASSWORD = "throw-away"
ROLES = {
    "pool_app": "LOGIN",
    "pool_super": "LOGIN SUPERUSER",
    "pool_replica": "LOGIN REPLICATION",
    "pool_group": "NOLOGIN",
    "pool_expired": "LOGIN VALID UNTIL '2020-01-01'",
    "pool_current": "LOGIN VALID UNTIL '2999-01-01'",
}


def _make_roles(database: Database) -> None:
    with database.connect(user="admin") as connection:
        for name, attributes in ROLES.items():
            verifier = scram_verifier(PASSWORD)
            connection.execute(f"CREATE ROLE {name} {attributes} PASSWORD '{verifier}'".encode())
        connection.execute("SET password_encryption = 'md5'")
        connection.execute("SET client_min_messages = error")
        connection.execute(f"CREATE ROLE pool_md5 LOGIN PASSWORD '{PASSWORD}'".encode())


def _log_in(target: Target) -> str:
    with psycopg.connect(target.dsn()) as connection:
        row = connection.execute("SELECT current_user").fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.attack("T40")
def test_only_logins_with_a_current_scram_password_get_in(database: Database) -> None:
    """Superusers, those who replicate, groups, expired passwords and MD5: for the pooler they are nobody."""
    _make_roles(database)
    pooler = start_with_lookup(database)
    try:
        for name in [*ROLES, "pool_md5", "nobody_at_all"]:
            login = pooler.target.model_copy(update={"user": name, "password": PASSWORD})
            if name in {"pool_app", "pool_current"}:
                assert _log_in(login) == name
            else:
                with pytest.raises(psycopg.OperationalError, match=r"authentication failed|no such user"):
                    _log_in(login)
    finally:
        pooler.stop()


@pytest.mark.attack("T40")
def test_a_password_that_has_expired_lets_nobody_in_although_the_pool_has_connections_of_the_role(
    database: Database,
) -> None:
    """CVE-2025-2291: the server is not asked again for a connection that the pool has already."""
    _make_roles(database)
    pooler = start_with_lookup(database)
    login = pooler.target.model_copy(update={"user": "pool_current", "password": PASSWORD})
    try:
        assert _log_in(login) == "pool_current"
        with database.connect(user="admin") as connection:
            connection.execute("ALTER ROLE pool_current VALID UNTIL '2020-01-01'")
        with pytest.raises(psycopg.OperationalError, match=r"authentication failed|no such user"):
            _log_in(login)
    finally:
        pooler.stop()


@pytest.mark.attack("T40")
def test_the_function_is_for_its_one_role_and_no_search_path_leads_it_astray(database: Database) -> None:
    _make_roles(database)
    install_lookup(database)
    install_lookup(database)  # it can be run again
    with database.connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM pooler.login_of('pool_app')")
    lookup = database.deployer.model_copy(update={"user": LOOKUP_ROLE, "password": LOOKUP_PASSWORD})
    with psycopg.connect(lookup.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE pg_authid (rolname name, rolpassword text)")
        connection.execute("SET search_path = pg_temp, public")
        found = connection.execute("SELECT name, verifier FROM pooler.login_of('pool_app')").fetchall()
        assert [name for name, _ in found] == ["pool_app"]
        assert found[0][1].startswith("SCRAM-SHA-256$")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT rolpassword FROM pg_catalog.pg_authid")
        for name in ("pool_super", "pool_replica", "pool_group", "pool_expired", "pool_md5"):
            assert not connection.execute("SELECT * FROM pooler.login_of(%s)", [name]).fetchall()


@pytest.mark.attack("T40")
def test_a_client_s_search_path_does_not_reach_the_look_up(database: Database) -> None:
    """CVE-2025-12819: a search_path in the first message would hold for auth_query, if it were tracked."""
    _make_roles(database)
    pooler = start_with_lookup(database)
    try:
        login = pooler.target.model_copy(update={"user": "pool_app", "password": PASSWORD})
        with pytest.raises(psycopg.OperationalError, match="unsupported startup parameter"):
            psycopg.connect(login.dsn(), options="-c search_path=evil")
        assert _log_in(login) == "pool_app"
    finally:
        pooler.stop()


def test_a_missing_or_open_function_is_refused_with_the_script_to_run(database: Database) -> None:
    with open_session(database.deployer, application_name="test") as session:
        with pytest.raises(RolloutError, match=r"PGB005 .*is not there.*sql/bootstrap/pooler\.sql"):
            check_lookup(session, LOOKUP_ROLE)
        install_lookup(database)
        check_lookup(session, LOOKUP_ROLE)
        for weakening, told in (
            ("GRANT EXECUTE ON FUNCTION pooler.login_of(text) TO PUBLIC", "PUBLIC may call it too"),
            ("ALTER FUNCTION pooler.login_of(text) RESET search_path", "search_path is not pinned"),
            ("ALTER FUNCTION pooler.login_of(text) SECURITY INVOKER", "owner's rights"),
        ):
            with database.connect(user="admin") as connection:
                connection.execute(weakening.encode())
            with pytest.raises(RolloutError, match=told):
                check_lookup(session, LOOKUP_ROLE)
            install_lookup(database)
            check_lookup(session, LOOKUP_ROLE)


def test_without_the_function_verifiers_let_in_whom_the_file_names(database: Database) -> None:
    """The same verifier that the server has is enough for both ways: no password stands in the file."""
    _make_roles(database)
    with database.connect(user="admin") as connection:
        row = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'pool_app'").fetchone()
    assert row is not None
    pooler = start_pooler(database, "transaction", verifiers={"pool_app": row[0]})
    try:
        assert PASSWORD not in (pooler.home / "userlist.txt").read_text(encoding="utf-8")
        assert _log_in(pooler.target.model_copy(update={"user": "pool_app", "password": PASSWORD})) == "pool_app"
        with pytest.raises(psycopg.OperationalError):
            _log_in(pooler.target.model_copy(update={"user": "pool_current", "password": PASSWORD}))
    finally:
        pooler.stop()


def test_the_console_is_for_its_own_role_and_no_client_sees_a_secret(database18: Database) -> None:
    pooler = start_pooler(database18, "transaction")
    try:
        login = pooler.target.model_copy(update={"name": "pgbouncer"})
        with pytest.raises(psycopg.OperationalError, match=r"not allowed|reject"):
            psycopg.connect(login.dsn())
        with pooler.console() as console:
            shown = json.dumps([console.show("CONFIG"), console.show("USERS")], default=str)
        assert "SCRAM-SHA-256$" not in shown
    finally:
        pooler.stop()
