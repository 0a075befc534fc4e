"""Connections that a deploy must not use: a pooler's transaction port, another database than the state's."""

from collections.abc import Callable, Iterator

import pytest

from infra.database.server import NEWEST_MAJOR, version_warnings
from infra.database.session import greet
from infra.database.workspace import open_workspace
from infra.errors import RolloutError
from infra.models.role import Role
from infra.provider.handler import Call
from infra.provider.kinds.role import RoleKind
from tests.clusters import Database
from tests.pooler import Pooler, start_pooler


@pytest.fixture(params=["transaction", "session"])
def pooler(request: pytest.FixtureRequest, database18: Database) -> Iterator[Pooler]:
    """A real PgBouncer before the test's database, in each of two modes."""
    running = start_pooler(database18, request.param)
    yield running
    running.stop()


def test_a_transaction_port_is_refused_and_a_session_port_is_not(pooler: Pooler, database18: Database) -> None:
    """Bad-input line 48: through a transaction pooler our settings and the deploy lock would reach other clients."""
    if pooler.mode == "session":
        with_session = open_workspace(pooler.target, application_name="rollout test")
        assert with_session.cluster.endswith(f"/{database18.name}")
        with_session.close()
        return
    with pytest.raises(RolloutError, match=r"^DB009 .*transaction port.*Fix: ") as refused:
        open_workspace(pooler.target, application_name="rollout test")
    assert (database18.deployer.password or "-") not in str(refused.value)
    with greet(pooler.target, application_name="next client") as client:
        assert client.connection.info.parameter_status("server_version")


def test_a_refused_pooler_is_left_as_it_was(database18: Database) -> None:
    """The next client of the pooler finds none of our settings on the server connection that we were given."""
    pooler = start_pooler(database18, "transaction", pool_size=1)
    try:
        with pytest.raises(RolloutError, match="DB009"):
            open_workspace(pooler.target, application_name="rollout test")
        shown = pooler.psql("SHOW search_path")
    finally:
        pooler.stop()
    assert shown == '"$user", public'


def test_another_database_than_the_states_is_refused(database18: Database) -> None:
    """Bad-input line 49: reads, updates and deletes stop before they touch a database that the state does not know."""
    workspace = open_workspace(database18.deployer, application_name="rollout test")
    call = Call("urn", lambda: workspace, cluster="7711107114909146423/another")
    kind, inputs = RoleKind(), Role(name="pipeline_owner").dump()
    uses: tuple[Callable[[], object], ...] = (
        lambda: kind.read(call, "pipeline_owner", inputs),
        lambda: kind.update(call, "pipeline_owner", inputs, inputs),
        lambda: kind.delete(call, "pipeline_owner", inputs),
    )
    for use in uses:
        with pytest.raises(RolloutError, match=r"^DB010 database: this stack deployed to cluster .*another.*Fix: "):
            use()
    with pytest.raises(RolloutError, match=r"Fix: correct `database`.*`pulumi up --refresh=false`.*stack init"):
        uses[0]()
    workspace.close()


def test_the_state_remembers_its_database(database: Database) -> None:
    """Every resource's outputs name the cluster and the database; the same database is accepted again."""
    workspace = open_workspace(database.deployer, application_name="rollout test")
    kind, inputs = RoleKind(), Role(name="pipeline_owner").dump()
    made = kind.create(Call("urn", lambda: workspace), inputs)
    assert made.outputs["cluster"] == workspace.cluster
    again = Call("urn", lambda: workspace, cluster=made.outputs["cluster"])
    assert kind.read(again, made.id, inputs) == made
    workspace.close()


def test_an_unknown_major_version_is_warned_of_once(database18: Database) -> None:
    """Bad-input line 50: the warning comes with the first resource and is not repeated."""
    workspace = open_workspace(database18.deployer, application_name="rollout test")
    workspace.warnings = version_warnings((NEWEST_MAJOR + 1) * 10000)
    lines: list[str] = []
    call = Call("urn", lambda: workspace, log=lambda severity, text: lines.append(f"{severity} {text}"))
    for name in ("pipeline_owner", "pipeline_service"):
        RoleKind().read(call, name, Role(name=name).dump())
    assert [line for line in lines if "DB006" in line] == [
        (
            f"warning DB006 the server is PostgreSQL {NEWEST_MAJOR + 1}; tested are 15 to {NEWEST_MAJOR}."
            " Try a copy of the database first."
        )
    ]
    workspace.close()
