"""The commands that print SQL and those for the embedded server, in this process and as commands."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli.app import app
from infra.embedded.pg_cluster import SUPERUSER
from infra.embedded.postgres import ensure_running
from tests.cli.commands import ROOT, Project

runner = CliRunner()


@pytest.fixture
def in_project(monkeypatch: pytest.MonkeyPatch, home: Path) -> Path:
    monkeypatch.chdir(ROOT)
    return home


@pytest.mark.parametrize("name", ["remove", "restore", "destroy-data"])
@pytest.mark.usefixtures("in_project")
def test_the_way_back_is_the_committed_one(name: str) -> None:
    """For the default kind of access the command prints what stands in sql/rollback."""
    done = runner.invoke(app, ["sql", name])
    assert done.exit_code == 0
    assert done.output == (ROOT / "sql" / "rollback" / f"{name}.sql").read_text(encoding="utf-8")


def test_deploy_is_the_stack_s_own_definition(project: Project) -> None:
    """Access and deployer come from the stack's file, and nothing of it has to be decrypted or running."""
    project.configure("mine", phase=1, access="legacy", databasePassword={"secure": "v1:abc"})
    project.configure("mine", database={"host": "db.example.org", "name": "postgres", "user": "boss"})
    legacy = project.rollout("sql", "deploy", "--stack", "mine")
    service = project.rollout("sql", "deploy", "--stack", "dev", "--json").document["sql"]
    assert legacy.code == 0, legacy.err
    assert 'TO "boss"' in legacy.out
    assert 'CREATE TABLE "public"."creator_profiles"' in service
    assert legacy.out != service


@pytest.mark.full
def test_the_generated_deployment_stands_up_to_a_preview(served: Project) -> None:
    """What `sql deploy` makes, `up` adopts whole."""
    served.psql(served.rollout("sql", "deploy").out)
    preview = served.rollout("preview", "--json").document
    assert preview["ok"], preview["diagnostics"]
    assert served.rollout("up", "--yes").code == 0


def test_the_server_s_life_from_the_command_line(in_project: Path) -> None:
    started = runner.invoke(app, ["db", "start"])
    assert started.exit_code == 0, started.output
    database = ensure_running(in_project)
    assert started.output.startswith(f"started: postgresql://deployer@127.0.0.1:{database.deployer.port}/")
    assert runner.invoke(app, ["db", "start"]).output.startswith("runs already: ")
    assert runner.invoke(app, ["db", "url"]).output == database.deployer.dsn() + "\n"
    assert runner.invoke(app, ["db", "url", "--admin"]).output == database.admin.dsn() + "\n"
    assert (database.admin.password or "") not in started.output
    assert runner.invoke(app, ["db", "stop", "--json"]).output == '{\n  "ok": true,\n  "stopped": true\n}\n'


def test_psql_is_the_wheel_s_and_its_password_is_in_no_command_line(served: Project) -> None:
    seen = served.psql(r"\! tr '\0' ' ' < /proc/$PPID/cmdline" + "\nSELECT session_user, current_database();")
    assert "deployer|eden_academy" in seen
    assert "bin/psql -X -q" in seen
    assert served.psql("SELECT session_user", "--admin").strip() == SUPERUSER


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], {"pulumi", "psycopg", "pydantic", "rich", "yaml", "grpc"}),
        (["up", "--help"], {"pulumi", "psycopg", "yaml", "grpc"}),
        (["db", "url"], {"pulumi", "psycopg", "grpc", "jinja2"}),
        (["db", "stop"], {"pulumi", "psycopg", "grpc", "jinja2"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_command_has_no_use_for_is_not_imported(
    home: Path, arguments: list[str], unwanted: set[str], tmp_path: Path
) -> None:
    """Help and addresses come at once: under 0.3 s here, of which most would otherwise be imports."""
    assert home.is_dir()
    listing = tmp_path / "modules"
    code = (
        "import atexit, pathlib, sys\n"
        f"atexit.register(lambda: pathlib.Path({str(listing)!r}).write_text('\\n'.join(sys.modules)))\n"
        f"sys.argv = ['rollout', *{arguments!r}]\n"
        "from infra.cli.main import main\nmain()\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False, timeout=60)
    loaded = {name.partition(".")[0] for name in listing.read_text(encoding="utf-8").splitlines()}
    assert not loaded & unwanted
