"""Servers that a deploy must not begin on: each is refused before the first change, with the reason and the way out."""

from collections.abc import Iterator

import pytest

from infra.database.identity import remember_identity
from infra.database.releases import RELEASES
from infra.database.server import version_warnings
from infra.database.workspace import open_workspace
from infra.errors import RolloutError, RolloutErrors
from infra.models.role import Role
from infra.provider.handler import Call
from infra.provider.kinds.role import RoleKind
from tests.cli.commands import Ended, Project
from tests.cli.on_server import on_server, run
from tests.clusters import Database, connect
from tests.deploying import deploy
from tests.faults.conftest import Fault
from tests.faults.invariants import Invariants
from tests.pooler import start_pooler

TOPOLOGY = "TABLE (id text, endpoint text, port int, role text, status text, version text)"
CREATE = "CREATE OR REPLACE FUNCTION {0}(driver text DEFAULT 'none') RETURNS {1} LANGUAGE sql AS $$ {{0}} $$"
MEMBERS = (
    "SELECT * FROM (VALUES ('1', 'blue.example.', 5432, 'BLUE_GREEN_DEPLOYMENT_SOURCE', '{0}', '1.0'),"
    " ('2', 'green.example.', 5432, 'BLUE_GREEN_DEPLOYMENT_TARGET', '{0}', '1.0')) AS m"
)


def _refusals(database: Database, user: str = "deployer") -> list[RolloutError]:
    try:
        open_workspace(getattr(database, user), application_name="rollout test").close()
    except RolloutErrors as errors:
        return list(errors.errors)
    return []


def _admin(database: Database, *statements: str) -> None:
    with database.connect(user="admin") as connection:
        for statement in statements:
            connection.execute(statement.encode())


def engine(project: Project, *arguments: str) -> Ended:
    """Run a command of the embedded engine's on the stack."""
    return run(project, *arguments, "--engine", "embedded")


@pytest.mark.fault(
    "F28",
    how="the stack's address is that of a PgBouncer's transaction port",
    result="refused (DB009) before the first change; with the direct address the same command deploys",
)
def test_a_transaction_port(database18: Database, project: Project, fault: Fault) -> None:
    on_server(project, database18, deployed=False)
    invariants = Invariants.before(database18)
    pooler = start_pooler(database18, "transaction")
    try:
        target = pooler.target
        address = {"host": target.host, "port": target.port, "name": target.name, "user": target.user}
        project.configure("mine", database=address | {"sslmode": "disable"})
        before = database18.dump()
        refused = engine(project, "up", "--yes")
    finally:
        pooler.stop()
    invariants.refused(refused, "DB009")
    assert "a direct connection" in refused.said
    assert database18.dump() == before
    on_server(project, database18, deployed=False)
    with fault.recovering():
        repeated = engine(project, "up", "--yes")
    invariants.converged(repeated)
    invariants.hold(plan=lambda: engine(project, "preview", "--expect-no-changes"))


def test_a_standby(database18: Database) -> None:
    """A server in recovery answers every question and takes no change."""
    cluster = database18.server.cluster
    cluster.stop()
    (cluster.data / "standby.signal").touch()
    try:
        cluster.start()
        (refusal,) = _refusals(database18)
    finally:
        cluster.stop()
        (cluster.data / "standby.signal").unlink()
        cluster.start()
    assert str(refusal).startswith(
        f"DB011 database 127.0.0.1:{cluster.port}/{database18.name}: this server is a standby"
    )
    assert "primary" in refusal.fix
    assert _refusals(database18) == []


def test_a_read_only_database(database: Database, project: Project) -> None:
    """Nothing is overruled: our own session could switch it off, and does not. The preview says so already."""
    on_server(project, database, deployed=False)
    _admin(database, f'ALTER DATABASE "{database.name}" SET default_transaction_read_only = on')
    for command in (("preview",), ("up", "--yes")):
        refused = engine(project, *command)
        assert (refused.code, "DB011 database" in refused.said) == (1, True), refused.said
    with database.connect() as connection:
        assert connection.execute("SELECT to_regnamespace('pipeline_private')").fetchall() == [(None,)]
    by_hand = "SET default_transaction_read_only = off"
    _admin(database, by_hand, f'ALTER DATABASE "{database.name}" RESET default_transaction_read_only')
    assert _refusals(database) == []


@pytest.fixture
def sleepers(database18: Database) -> Iterator[None]:
    """Two sessions of the deployer's."""
    with connect(database18.deployer), connect(database18.deployer):
        yield


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("ALTER ROLE deployer CONNECTION LIMIT 4", "3 connections of 4 (the connection limit of role deployer)"),
        ("ALTER DATABASE eden_academy CONNECTION LIMIT 4", "3 connections of 4 (the connection limit of the database)"),
    ],
)
@pytest.mark.usefixtures("sleepers")
def test_no_room_for_three(database18: Database, limit: str, said: str) -> None:
    """The arithmetic is shown, with who has the connections; a deploy that would get stuck half-way does not begin."""
    _admin(database18, limit)
    (refusal,) = _refusals(database18)
    assert refusal.code == "DB013"
    assert said in refusal.problem
    assert "most of them by deployer 3" in refusal.problem
    assert refusal.problem.endswith("it needs 2 more")
    _admin(database18, limit.replace("4", "5"))
    assert _refusals(database18) == []


def test_no_room_on_the_server(database18: Database) -> None:
    """What is reserved for administrators does not count as free."""
    cluster = database18.server.cluster
    _admin(database18, "ALTER SYSTEM SET max_connections = 8", "ALTER SYSTEM SET superuser_reserved_connections = 4")
    _admin(database18, "ALTER SYSTEM SET max_wal_senders = 0")
    cluster.stop()
    cluster.start()
    try:
        with connect(database18.deployer), connect(database18.deployer):
            (refusal,) = _refusals(database18)
        assert "3 connections of 4 (max_connections less 4 reserved)" in refusal.problem
    finally:
        _admin(database18, "ALTER SYSTEM RESET ALL")
        cluster.stop()
        cluster.start()
    assert _refusals(database18) == []


@pytest.mark.parametrize("name", ["rds_tools.show_topology", "pg_catalog.get_blue_green_fast_switchover_metadata"])
def test_a_blue_green_deployment(database18: Database, name: str) -> None:
    """As RDS and Aurora tell their drivers of one; once it has switched over, or is deleted, nothing is in the way."""
    _admin(database18, "CREATE SCHEMA rds_tools", "GRANT USAGE ON SCHEMA rds_tools TO PUBLIC")
    create = (
        f"CREATE OR REPLACE FUNCTION {name}(driver text DEFAULT 'none') RETURNS {TOPOLOGY} LANGUAGE sql AS $$ {{}} $$"
    )
    _admin(database18, create.format(MEMBERS.format("AVAILABLE")))
    (refusal,) = _refusals(database18)
    assert refusal.code == "DB014"
    assert "BLUE_GREEN_DEPLOYMENT_SOURCE AVAILABLE, BLUE_GREEN_DEPLOYMENT_TARGET AVAILABLE" in refusal.problem
    _admin(database18, create.format(MEMBERS.format("SWITCHOVER_COMPLETED")))
    assert _refusals(database18) == []
    _admin(database18, create.format(MEMBERS.format("AVAILABLE") + " WHERE false"))
    assert _refusals(database18) == []


def test_a_cluster_of_several_zones_is_no_blue_green_deployment(database18: Database) -> None:
    """There the same function has other columns."""
    _admin(
        database18,
        "CREATE SCHEMA rds_tools",
        "GRANT USAGE ON SCHEMA rds_tools TO PUBLIC",
        CREATE.format("rds_tools.show_topology", "TABLE (id text, endpoint text, port int)").format(
            "SELECT 'db-1', 'one.example.', 5432"
        ),
    )
    assert _refusals(database18) == []


def test_a_superuser(database18: Database) -> None:
    (refusal,) = _refusals(database18, "admin")
    assert refusal.code == "SEC002"
    assert "superuser" in refusal.problem


def test_everything_in_the_way_is_told_at_once(database18: Database) -> None:
    _admin(
        database18,
        f'ALTER DATABASE "{database18.name}" SET default_transaction_read_only = on',
        f'ALTER DATABASE "{database18.name}" CONNECTION LIMIT 2',
    )
    assert [refusal.code for refusal in _refusals(database18)] == ["DB011", "DB013"]


@pytest.mark.full
def test_the_database_of_another_stack(database18: Database, project: Project) -> None:
    """The ledger knows whose it is, whatever a state does or does not know; claiming it is a word of its own."""
    deployer = deploy(database18.deployer)
    cluster = deployer.workspace.cluster
    assert remember_identity(deployer.workspace.session, "prod", cluster, actor="ada", commit="")
    assert not remember_identity(deployer.workspace.session, "prod", cluster, actor="ada", commit="")
    deployer.close()
    on_server(project, database18, deployed=False)
    before = database18.dump()
    refused = engine(project, "up", "--yes")
    assert refused.code == 1
    assert "it is the database of stack prod, and this is stack mine" in refused.said
    assert "rollout claim --stack mine" in refused.said
    assert database18.dump() == before
    claimed = run(project, "claim", "--why", "renamed from prod")
    assert (claimed.code, claimed.out.strip()) == (0, f"cluster {cluster} is stack mine's")
    assert run(project, "claim", "--why", "again").out.strip() == f"cluster {cluster} is stack mine's already"
    assert engine(project, "preview").code == 0
    history = run(project, "history", "--event", "identity").out
    assert "renamed from prod" in history


def test_a_copy_of_the_database(database18: Database) -> None:
    """Restored elsewhere it is another cluster's: nobody deploys to it unawares, believing it to be the first."""
    deployer = deploy(database18.deployer)
    remember_identity(deployer.workspace.session, "prod", "7711107114909146423/eden_academy", actor="ada", commit="")
    call = Call("urn:pulumi:prod::p::rollout:postgres:Role::r", lambda: deployer.workspace)
    with pytest.raises(RolloutError, match=r"^DB010 .*it is a copy: stack prod deployed to cluster 7711.*Fix: .*claim"):
        RoleKind().read(call, "pipeline_owner", Role(name="pipeline_owner").dump())
    remember_identity(deployer.workspace.session, "prod", deployer.workspace.cluster, actor="ada", commit="")
    assert RoleKind().read(call, "pipeline_owner", Role(name="pipeline_owner").dump()) is not None
    deployer.close()


@pytest.mark.fault(
    "F38",
    how="a server's version number behind the newest minor release",
    result="a warning that names what the newer releases mend",
)
def test_a_minor_version_behind() -> None:
    """The warning names the newest release and what each of those in between mends; the newest has none."""
    (warning,) = version_warnings(150018)
    assert warning.startswith("DB006 the server is PostgreSQL 15.18; 15.20 mends: ")
    assert "CVE-2026-16239" in warning
    assert "CVE-2026-6473" not in warning
    assert "CVE-2025-8713" in version_warnings(170005)[0]
    newest = RELEASES[-1].minors
    assert [version_warnings(major * 10000 + minor) for major, minor in newest.items()] == [[]] * len(newest)


def test_the_tests_own_servers_are_known(database: Database) -> None:
    """Of the servers at hand none is newer than the newest release that is written down here."""
    workspace = open_workspace(database.deployer, application_name="rollout test")
    major, minor = divmod(workspace.session.version, 10000)
    assert minor <= RELEASES[-1].minors[major]
    workspace.close()
