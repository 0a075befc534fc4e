"""What PostgreSQL refuses, in words that say what to do."""

import pytest

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
