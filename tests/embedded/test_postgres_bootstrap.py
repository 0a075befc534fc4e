"""The bootstrapped database is to its users what a Supabase project is."""

import uuid
from typing import Any, LiteralString

import psycopg
import pytest

from tests.clusters import Database

Denied = psycopg.errors.InsufficientPrivilege
API_ROLES = ("anon", "authenticated", "service_role")


def _role(database: Database, name: str) -> dict[str, Any]:
    return next(role for role in database.roles() if role["name"] == name)


def test_text_is_utf8_sorted_by_code_point_and_time_is_utc(database: Database) -> None:
    """The same on every machine, whatever its locales are."""
    query = "SELECT upper('é'), 'Z' < 'a', current_setting('server_encoding'), current_setting('TimeZone')"
    with database.connect() as connection:
        assert connection.execute(query).fetchone() == ("É", True, "UTF8", "UTC")


def test_deployer_is_no_superuser(database: Database) -> None:
    deployer = _role(database, "deployer")
    rights = {key: deployer[key] for key in ("superuser", "replication", "createrole", "createdb", "bypassrls")}
    assert rights == {
        "superuser": False,
        "replication": False,
        "createrole": True,
        "createdb": True,
        "bypassrls": True,
    }
    with database.connect() as connection, pytest.raises(Denied):
        connection.execute("ALTER ROLE deployer SUPERUSER")
    with database.connect() as connection, pytest.raises(Denied):
        connection.execute("SET ROLE supabase_auth_admin")


def test_roles_of_the_api(database: Database) -> None:
    """The three take no login and inherit nothing; only service_role passes row security; timeouts are Supabase's."""
    for name in API_ROLES:
        role = _role(database, name)
        assert not role["login"]
        assert not role["inherit"]
        assert role["bypassrls"] == (name == "service_role")
    authenticator = _role(database, "authenticator")
    assert authenticator["login"]
    assert not authenticator["inherit"]
    assert [member["role"] for member in authenticator["member_of"]] == sorted(API_ROLES)
    assert _role(database, "anon")["settings"] == {"": ["statement_timeout=3s"]}
    for name in ("authenticated", "authenticator"):
        assert _role(database, name)["settings"] == {"": ["statement_timeout=8s"]}


def test_passwords_are_kept_as_scram_verifiers(database: Database) -> None:
    stored = {role["name"]: role["password"] for role in database.roles() if role["login"]}
    assert stored == dict.fromkeys(("authenticator", "deployer", "supabase_admin"), "SCRAM-SHA-256")


def test_the_authenticator_alone_may_do_nothing(database: Database) -> None:
    """What the three roles may do needs SET ROLE."""
    with database.connect() as connection:
        connection.execute("CREATE TABLE public.open AS SELECT 1 AS one")
    with database.connect(user="authenticator") as connection, pytest.raises(Denied):
        connection.execute("SELECT * FROM public.open")


def test_what_the_deployer_creates_is_open_to_the_api(database: Database) -> None:
    """Supabase's default privileges: a new table can be emptied by any signed-in user until somebody closes it."""
    with database.connect() as connection:
        connection.execute("CREATE TABLE public.open (id serial, note text)")
        connection.execute("CREATE FUNCTION public.answer() RETURNS int LANGUAGE sql AS 'SELECT 42'")
        connection.execute("REVOKE ALL ON FUNCTION public.answer() FROM PUBLIC")
    for role in API_ROLES:
        with database.connect(role) as connection:
            connection.execute("INSERT INTO public.open (note) VALUES ('mine')")
            assert connection.execute("SELECT public.answer(), count(*) FROM public.open").fetchone() == (42, 1)
            connection.execute("TRUNCATE public.open")


def test_a_schema_of_its_own_is_closed_to_the_api(database: Database) -> None:
    """The default privileges hold for `public` and for nothing else."""
    with database.connect() as connection:
        connection.execute("CREATE SCHEMA private CREATE TABLE private.kept (id int)")
    for role in API_ROLES:
        with database.connect(role) as connection, pytest.raises(Denied):
            connection.execute("SELECT * FROM private.kept")
    with database.connect("authenticated") as connection, pytest.raises(Denied):
        connection.execute("CREATE TABLE public.mine (id int)")


def test_deployer_acts_as_the_owner_of_public(database: Database) -> None:
    """It owns the database, so it may grant on the schema and comment on it."""
    with database.connect() as connection:
        connection.execute("COMMENT ON SCHEMA public IS 'ours'")
        connection.execute("CREATE ROLE monitor NOLOGIN")
        connection.execute("GRANT USAGE ON SCHEMA public TO monitor")
        connection.execute("GRANT anon TO monitor")


def test_deployer_makes_roles_and_hands_them_out(database: Database) -> None:
    """It may create a role, take it, own things through it and drop it again, on every version."""
    with database.connect() as connection:
        connection.execute("CREATE ROLE pipeline_owner NOLOGIN")
        connection.execute("GRANT pipeline_owner TO deployer")
        connection.execute("CREATE SCHEMA pipeline AUTHORIZATION pipeline_owner")
        connection.execute("SET ROLE pipeline_owner")
        connection.execute("RESET ROLE")
        connection.execute("ALTER ROLE anon SET lock_timeout = '1s'")
        connection.execute("DROP SCHEMA pipeline")
        connection.execute("DROP ROLE pipeline_owner")


def test_deployer_reads_the_statistics_and_ends_sessions(database: Database) -> None:
    with database.connect() as connection, database.connect("anon") as other:
        pid = other.info.backend_pid
        row = connection.execute("SELECT usename FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
        assert row == ("authenticator",)
        assert connection.execute("SELECT count(*) > 0 FROM extensions.pg_stat_statements").fetchone() == (True,)
        assert connection.execute("SELECT pg_cancel_backend(%s)", [pid]).fetchone() == (True,)


@pytest.mark.parametrize(
    "setting", ["max_connections", "statement_timeout", "pg_stat_statements.track", "work_mem", "lock_timeout"]
)
def test_deployer_changes_the_settings_it_needs(database18: Database, setting: LiteralString) -> None:
    with database18.connect() as connection:
        connection.execute(f"ALTER SYSTEM SET {setting} TO DEFAULT")
        assert connection.execute("SELECT pg_reload_conf()").fetchone() == (True,)


@pytest.mark.parametrize("setting", ["archive_command", "listen_addresses", "fsync", "session_preload_libraries"])
def test_deployer_changes_no_other_setting(database: Database, setting: LiteralString) -> None:
    """A setting that runs commands, opens the server or loads code is the superuser's."""
    with database.connect() as connection, pytest.raises(Denied):
        connection.execute(f"ALTER SYSTEM SET {setting} TO DEFAULT")


def test_a_changed_setting_is_seen(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("ALTER SYSTEM SET work_mem = '9MB'")
        connection.execute("SELECT pg_reload_conf()")
    with database.connect(user="admin") as connection:
        query = "SELECT setting FROM pg_file_settings WHERE name = 'work_mem'"
        assert connection.execute(query).fetchall() == [("9MB",)]


def test_users_of_the_login_service(database: Database) -> None:
    """The deployer may read, write and refer to them; the API's roles may not even look."""
    user = database.sign_up("ada@example.org")
    with database.connect() as connection:
        connection.execute("CREATE TABLE public.owned (id uuid REFERENCES auth.users (id) ON DELETE CASCADE)")
        connection.execute("INSERT INTO public.owned VALUES (%s)", [user])
        assert connection.execute("SELECT email, role FROM auth.users").fetchall() == [
            ("ada@example.org", "authenticated")
        ]
        connection.execute("DELETE FROM auth.users WHERE id = %s", [user])
        assert connection.execute("SELECT count(*) FROM public.owned").fetchone() == (0,)
        for statement in ("TRUNCATE auth.users CASCADE", "ALTER TABLE auth.users ADD COLUMN x int"):
            with pytest.raises(Denied):
                connection.execute(statement)
    for role in API_ROLES:
        with database.connect(role) as connection, pytest.raises(Denied):
            connection.execute("SELECT * FROM auth.users")


def test_claims_absent_empty_and_valid(database: Database) -> None:
    """auth.uid() is null without claims and with empty ones, which is what a pooled connection has left over."""
    user = uuid.uuid4()
    query = "SELECT auth.uid(), auth.role(), auth.email(), auth.jwt() IS NULL"
    with database.connect("authenticated") as connection:
        assert connection.execute(query).fetchone() == (None, None, None, True)
    with database.connect("anon", "") as connection:
        assert connection.execute(query).fetchone() == (None, None, None, True)
    with database.connect("anon", {"role": "anon"}) as connection:
        assert connection.execute(query).fetchone() == (None, "anon", None, False)
    claims = {"sub": user, "role": "authenticated", "email": "ada@example.org"}
    with database.connect("authenticated", claims) as connection:
        assert connection.execute(query).fetchone() == (user, "authenticated", "ada@example.org", False)


def test_claims_that_are_no_claims(database: Database) -> None:
    """Broken JSON and a subject that is no uuid are errors, and nobody's rows."""
    for claims in ("{", '{"sub": "nobody"}'):
        with database.connect("authenticated", claims) as connection, pytest.raises(psycopg.DataError):
            connection.execute("SELECT auth.uid()")


def test_the_older_setting_of_a_single_claim(database: Database) -> None:
    """One setting a claim comes first, as in the API's older versions; an empty one counts as none."""
    user, other = uuid.uuid4(), uuid.uuid4()
    with database.connect("authenticated", {"sub": other}) as connection:
        connection.execute("SELECT set_config('request.jwt.claim.sub', %s, true)", [str(user)])
        assert connection.execute("SELECT auth.uid()").fetchone() == (user,)
        connection.execute("SELECT set_config('request.jwt.claim.sub', '', true)")
        assert connection.execute("SELECT auth.uid()").fetchone() == (other,)


def test_both_versions_are_set_up_alike(database15: Database, database18: Database) -> None:
    """The roles differ only by the options that PostgreSQL 16 added to a membership."""
    added = {"inherit_option", "set_option"}
    old, new = ([_without(role, added) for role in database.roles()] for database in (database15, database18))
    assert old == new


def _without(role: dict[str, Any], options: set[str]) -> dict[str, Any]:
    memberships = [{key: one[key] for key in one.keys() - options} for one in role["member_of"]]
    return role | {"member_of": memberships}
