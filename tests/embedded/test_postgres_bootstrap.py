"""The bootstrapped database is to its users what a Supabase project is."""

import uuid

import psycopg
import pytest

from tests.clusters import Database


def test_deployer_is_no_superuser(database: Database) -> None:
    deployer = next(role for role in database.roles() if role["name"] == "deployer")
    assert not deployer["superuser"]
    assert deployer["createrole"]
    assert deployer["createdb"]
    assert deployer["bypassrls"]
    with database.connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("ALTER ROLE deployer SUPERUSER")


def test_claims_absent_empty_and_valid(database: Database) -> None:
    """auth.uid() is null without claims and with empty ones, which is what a pooled connection has left over."""
    user = uuid.uuid4()
    query = "SELECT auth.uid(), auth.role(), auth.email(), auth.jwt() IS NULL"
    with database.connect("authenticated") as connection:
        assert connection.execute(query).fetchone() == (None, None, None, True)
    with database.connect("anon", "") as connection:
        assert connection.execute(query).fetchone() == (None, None, None, True)
    claims = {"sub": user, "role": "authenticated", "email": "ada@example.org"}
    with database.connect("authenticated", claims) as connection:
        assert connection.execute(query).fetchone() == (user, "authenticated", "ada@example.org", False)
