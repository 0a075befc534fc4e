"""What PostgreSQL refuses, in words that say what to do."""

import psycopg
import pytest

from infra.database.failures import statement_error
from infra.database.workspace import open_workspace
from infra.errors import RolloutError
from infra.models.role import Role
from infra.models.table import Column, Table
from infra.provider.handler import Call
from infra.provider.kinds.role import RoleKind
from infra.provider.kinds.table import TableKind
from tests.clusters import Database


def test_an_owner_that_the_deployer_may_not_act_as(database: Database) -> None:
    """The refusal names the role and the membership that is missing, on either kind of server."""
    workspace = open_workspace(database.deployer, application_name="rollout test")
    call = Call("urn", lambda: workspace)
    RoleKind().create(call, Role(name="stranger").dump())
    columns = (Column(name="id", type="uuid", nullable=False),)
    table = Table(name="things", owner="stranger", columns=columns, primary_key=("id",), archive_schema="archive")
    with pytest.raises(RolloutError, match=r'^DB003 table public.things: .*Fix: grant it \("stranger"\) to deployer'):
        TableKind().create(call, table.dump())
    with database.connect(user="deployer") as deployer:
        assert deployer.execute("SELECT to_regclass('public.things')").fetchone() == (None,)
    workspace.close()


def _refused(database: Database, **changes: object) -> str:
    with pytest.raises(RolloutError) as refused:
        open_workspace(database.deployer.model_copy(update=changes), application_name="rollout test")
    return str(refused.value)


def test_a_login_that_is_refused(database18: Database) -> None:
    """Pulumi refreshes with what the state remembers: after a rotated password the fix says how to get past that."""
    said = _refused(database18, password="another")
    assert said.startswith("DB002 database ")
    assert "Fix: check database.user" in said
    assert "`pulumi up --refresh=false`" in said


def test_a_server_without_tls(database18: Database) -> None:
    """The server is there, so that starting it is no fix: the setting is named."""
    said = _refused(database18, sslmode="require")
    assert said.startswith("DB001 database ")
    assert "does not support SSL" in said
    assert "database.sslmode" in said
    assert "start the server" not in said


def test_a_hint_of_the_servers_is_told_beside_the_fix(database18: Database) -> None:
    """What PostgreSQL hints at is part of what it said; our own fix stays."""
    workspace = open_workspace(database18.deployer, application_name="rollout test")
    with pytest.raises(psycopg.Error) as failed:
        workspace.session.execute("SELECT pg_catalog.lower(1, 2)")
    workspace.close()
    said = str(statement_error("policy p", failed.value, database18.deployer))
    assert "; the server's hint: " in said
    assert said.endswith("Fix: mend the cause and run the same command again: what is done already is kept.")
