"""The deploy script: the same database as the steps and the provider make, and a refusal everywhere else."""

from contextlib import closing
from pathlib import Path

import pytest

from infra.ddl.deploy import deploy_plan, deploy_script
from infra.models.access import Access
from tests import deploying
from tests.cluster_state import Connection
from tests.clusters import RESTRICT_KEY, Database
from tests.ddl.scripts import catalog_marks, definition, deploy, run_script


def execute(connection: Connection, text: str) -> None:
    connection.execute(text.encode())


def dump_without_record(database: Database) -> str:
    options = ("--schema-only", f"--restrict-key={RESTRICT_KEY}", "--exclude-table=pipeline_private.applied_objects")
    return database.run("pg_dump", *options).stdout


@pytest.mark.parametrize("access", list(Access))
def test_the_script_and_the_provider_leave_the_same_database(
    database: Database, tmp_path: Path, access: Access
) -> None:
    """Byte for byte, roles included; only the provider's own record is more."""
    deploy(database, tmp_path, access)
    by_script, roles = dump_without_record(database), database.roles()
    server = database.server
    server.reset()
    again = server.create_database()
    with closing(deploying.Deployer(again.deployer, definition(access))) as deployer:
        deployer.up()
    assert dump_without_record(again) == by_script
    assert again.roles() == roles


def test_the_plan_is_plain_sql_and_makes_the_same(database: Database, tmp_path: Path) -> None:
    """Nothing of psql is in the steps: any client can run them one by one."""
    with database.connect() as connection:
        for step in deploy_plan(definition()):
            for statement in step.statements:
                execute(connection, statement.text)
    by_plan = database.dump()
    other = database.server.create_database("other")
    deploy(other, tmp_path)  # its roles are in the cluster already
    assert other.dump() == by_plan


def test_the_deployer_is_no_superuser(database: Database) -> None:
    (deployer,) = (role for role in database.roles() if role["name"] == "deployer")
    assert not deployer["superuser"]


def test_a_second_run_says_what_is_there_and_changes_nothing(database: Database, tmp_path: Path) -> None:
    deploy(database, tmp_path)
    before = catalog_marks(database)
    result = run_script(database, deploy_script(definition()), tmp_path, check=False)
    assert result.returncode == 3
    assert "already there: public.creator_profiles, " in result.stderr
    assert "`rollout up`" in result.stderr
    assert result.stdout == ""
    assert catalog_marks(database) == before


def test_a_parked_table_refuses(database: Database, tmp_path: Path) -> None:
    """New empty tables beside parked rows would be taken for the real ones."""
    with database.connect() as connection:
        connection.execute("CREATE SCHEMA pipeline_archive; CREATE TABLE pipeline_archive.pipeline_metrics ()")
    before = catalog_marks(database)
    result = run_script(database, deploy_script(definition()), tmp_path, check=False)
    assert result.returncode == 3
    assert "ADOPT003 parked with their rows: pipeline_archive.pipeline_metrics" in result.stderr
    assert "restore.sql" in result.stderr
    assert catalog_marks(database) == before


@pytest.mark.parametrize("attribute", ["BYPASSRLS", "CREATEROLE", "SUPERUSER"])
def test_a_stronger_role_of_the_same_name_refuses(database18: Database, tmp_path: Path, attribute: str) -> None:
    """Roles are the cluster's: one that passes row security by would be given the service's grants."""
    with database18.connect(user="admin") as connection:
        execute(connection, f"CREATE ROLE pipeline_service LOGIN {attribute}")
    before = catalog_marks(database18)
    result = run_script(database18, deploy_script(definition()), tmp_path, check=False)
    assert result.returncode == 3
    assert "SEC002" in result.stderr
    assert "pipeline_service" in result.stderr
    assert catalog_marks(database18) == before


def test_another_deploy_refuses(database18: Database, tmp_path: Path) -> None:
    with closing(deploying.Deployer(database18.deployer)) as other:
        other.workspace.lock()
        result = run_script(database18, deploy_script(definition()), tmp_path, check=False)
    assert result.returncode == 3
    assert "DB005 another deploy" in result.stderr


def test_an_older_psql_runs_it(database18: Database, database15: Database, tmp_path: Path) -> None:
    path = tmp_path / "deploy.sql"
    path.write_text(deploy_script(definition()), encoding="utf-8")
    older = database15.server.cluster.binaries / "psql"
    result = database18.run(str(older), "--no-psqlrc", "--file", str(path), user="deployer")
    assert result.stdout.endswith("Done: the database is as the definition says.\n")


def test_everything_is_made_in_the_order_in_which_it_is_needed() -> None:
    kinds = [step.subject.split()[0] for step in deploy_plan(definition())]
    order = list(dict.fromkeys(kinds))
    assert order == [
        "schema",
        "role",
        "grants",
        "setting",
        "table",
        "function",
        "policy",
        "index",
        "trigger",
        "view",
        "rollout",
    ]
    assert kinds[-2:] == ["grants", "rollout"]
