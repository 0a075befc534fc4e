"""The stand-in for pulumi-postgresql, on real servers: what it makes and keeps is what the plugin makes and keeps."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from infra.embedded.engine.engine import Engine, Result
from infra.embedded.engine.events import Op
from infra.embedded.engine.records import Record
from tests.clusters import Database

#: The package warns of its own deprecated parts when it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")

PROGRAM = """
import pulumi
import pulumi_postgresql as postgresql

config = pulumi.Config()
provider = postgresql.Provider(
    "pg",
    host=config.require("host"),
    port=config.require_int("port"),
    database=config.require("name"),
    username=config.require("user"),
    password=config.require_secret("password"),
    sslmode="disable",
    superuser=False,
    max_connections=1,
)
opts = pulumi.ResourceOptions(provider=provider)

"""

TYPICAL = """
schema = postgresql.Schema("s", name="s_plain", opts=opts)
postgresql.Schema("owned", name="s_owned", owner="grp", drop_cascade=True, opts=opts)
postgresql.GrantRole("g", role="svc", grant_role="grp", opts=opts)
postgresql.GrantRole("admin", role="member2", grant_role="grp", with_admin_option=True, opts=opts)
postgresql.Extension("e", name="hstore", schema=schema.name, drop_cascade=True, opts=opts)
"""


class Stack:
    """A project that uses pulumi-postgresql alone, on one database."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self.target = database.deployer
        (folder / "Pulumi.yaml").write_text("name: trial\nruntime: python\noptions: {refresh: always}\n")

    def engine(self) -> Engine:
        target = self.target
        config = {"host": target.host, "port": str(target.port), "name": target.name, "user": target.user}
        secrets = {"password": target.password or ""}
        return Engine(self.folder, "dev", self.folder / "home", extra_config=config, extra_secrets=secrets)

    def up(self, body: str) -> Result:
        (self.folder / "__main__.py").write_text(PROGRAM + dedent(body))
        return self.engine().up()

    def records(self) -> dict[str, Record]:
        return {record.name: record for record in self.engine().state() if record.managed}


@pytest.fixture
def stack(tmp_path: Path, database: Database) -> Stack:
    with database.connect() as connection:
        for role in ("grp", "svc", "member2"):
            connection.execute(f"CREATE ROLE {role}")
    return Stack(tmp_path, database)


def shape(record: Record) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return record.id, record.inputs, record.outputs


def test_ids_inputs_and_outputs_are_the_plugins(stack: Stack, database: Database) -> None:
    """The figures are those of the plugin 3.18.2 under Pulumi's CLI."""
    result = stack.up(TYPICAL)
    assert result.ok, result.errors
    name = database.name
    records = stack.records()
    delta = {"obj": {"ps": {"policies": {"arr": {}}}, "renamed": {"policies": "policy"}}}
    assert shape(records["s"]) == (
        f"{name}.s_plain",
        {"__defaults": ["ifNotExists"], "ifNotExists": True, "name": "s_plain"},
        {
            "__pulumi_raw_state_delta": delta,
            "database": name,
            "dropCascade": False,
            "id": f"{name}.s_plain",
            "ifNotExists": True,
            "name": "s_plain",
            "owner": "deployer",
            "policies": [],
        },
    )
    assert shape(records["g"]) == (
        "svc_grp_false",
        {"__defaults": [], "grantRole": "grp", "role": "svc"},
        {
            "__pulumi_raw_state_delta": {"obj": {}},
            "grantRole": "grp",
            "id": "svc_grp_false",
            "role": "svc",
            "withAdminOption": False,
        },
    )
    assert records["admin"].id == "member2_grp_true"
    extension = dict(records["e"].outputs)
    assert extension.pop("version")
    assert (records["e"].id, records["e"].inputs) == (
        f"{name}.hstore",
        {"__defaults": [], "dropCascade": True, "name": "hstore", "schema": "s_plain"},
    )
    assert extension == {
        "__pulumi_raw_state_delta": {"obj": {}},
        "createCascade": False,
        "database": name,
        "dropCascade": True,
        "id": f"{name}.hstore",
        "name": "hstore",
        "schema": "s_plain",
    }


def test_nothing_is_left_of_the_roles_that_were_borrowed(stack: Stack, database: Database) -> None:
    assert stack.up(TYPICAL).ok
    with database.connect() as connection:
        owner = connection.execute(
            "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 's_owned'"
        ).fetchone()
        held = connection.execute(
            "SELECT count(*) FROM pg_auth_members m WHERE m.member = 'deployer'::regrole AND m.roleid = 'grp'::regrole"
            " AND coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)"
        ).fetchone()
    assert owner == ("grp",)
    assert held == (0,)


def test_a_second_run_changes_nothing_and_drift_is_repaired(stack: Stack, database: Database) -> None:
    stack.up(TYPICAL)
    assert stack.engine().up().changes.keys() == {Op.SAME}
    with database.connect() as connection:
        connection.execute("REVOKE grp FROM svc")
        connection.execute("DROP EXTENSION hstore")
        connection.execute("DROP SCHEMA s_plain")
    result = stack.engine().up()
    assert result.ok, result.errors
    assert result.changes[Op.CREATE] == 3


def test_an_extension_without_a_schema_goes_where_the_login_looks(stack: Stack) -> None:
    result = stack.up('postgresql.Extension("e", name="hstore", opts=opts)')
    assert result.ok, result.errors
    assert stack.records()["e"].outputs["schema"] not in {"pg_catalog", ""}


def test_what_is_there_already_is_taken_over(stack: Stack, database: Database) -> None:
    with database.connect() as connection:
        connection.execute("CREATE SCHEMA s_plain")
        connection.execute("GRANT grp TO svc")
    assert stack.up(TYPICAL).ok


def test_changes_are_made_in_place_or_by_replacing_as_the_plugin_does(stack: Stack) -> None:
    program = """
        postgresql.Schema("s", name="{0}", opts=opts)
        postgresql.GrantRole("g", role="svc", grant_role="{1}", opts=opts)
        """
    stack.up(program.format("one", "grp"))
    result = stack.up(program.format("two", "member2"))
    assert result.ok, result.errors
    assert (result.changes[Op.UPDATE], result.changes[Op.REPLACE]) == (1, 1)
    assert stack.records()["s"].outputs["name"] == "two"


def test_destroy_takes_everything_away(stack: Stack, database: Database) -> None:
    stack.up(TYPICAL)
    result = stack.engine().destroy()
    assert result.ok, result.errors
    with database.connect() as connection:
        left = connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 's\\_%'").fetchone()
    assert left == (0,)


def test_a_refusal_of_the_database_names_the_object_and_the_code(stack: Stack) -> None:
    result = stack.up('postgresql.GrantRole("g", role="svc", grant_role="nobody_there", opts=opts)')
    assert result.errors[0].startswith("DB003 g: ")
    assert "[SQLSTATE 42704]" in result.errors[0]


def test_what_only_the_plugin_can_do_is_refused(stack: Stack) -> None:
    result = stack.up('postgresql.Schema("s", name="one", policies=[{"role": "svc", "usage": True}], opts=opts)')
    assert "policies: only the real plugin knows this property" in result.errors[0]
    result = stack.up('postgresql.Database("d", name="other", opts=opts)')
    assert "PRV001 d: the embedded engine has no postgresql:index/database:Database" in result.errors[0]
