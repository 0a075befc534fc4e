"""The same program under Pulumi's CLI and the embedded engine: equal databases, and states that move over."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from infra.embedded.engine.events import Op
from tests.clusters import Database
from tests.program.graph import PROJECT, ROOT
from tests.program.test_on_postgres import done, engine

pytestmark = pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI")


class Cli:
    """Pulumi's CLI on a copy of the project, with a backend of its own, pointed at a test's database."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder / "project"
        self.folder.mkdir(parents=True)
        (folder / "backend").mkdir()
        for name in ("Pulumi.yaml", "__main__.py", "infra", "sql", "venv"):
            (self.folder / name).symlink_to(ROOT / name)
        self._database = database
        self._environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
        }

    def make_stack(self) -> None:
        """Make the stack and tell it where the database is."""
        target = self._database.deployer
        self.run("stack", "init", "dev")
        file = self.folder / "Pulumi.dev.yaml"
        salted = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
        address = {"host": target.host, "port": target.port, "name": target.name, "user": target.user}
        config = {"phase": 1, "access": "service", "protect": False, "database": address | {"sslmode": "disable"}}
        text = yaml.safe_dump(salted | {"config": {f"{PROJECT}:{key}": value for key, value in config.items()}})
        file.write_text(text, encoding="utf-8")
        self.run("config", "set", "--secret", "databasePassword", target.password or "", "-s", "dev")

    def configure(self, **values: object) -> None:
        """Edit the stack file, as a person does."""
        file = self.folder / "Pulumi.dev.yaml"
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        content["config"] |= {f"{PROJECT}:{key}": value for key, value in values.items()}
        file.write_text(yaml.safe_dump(content), encoding="utf-8")

    def run(self, *arguments: str) -> str:
        """Run a command that must succeed, and return what it printed."""
        code, printed = self.ended(*arguments)
        assert code == 0, printed[-3000:]
        return printed

    def ended(self, *arguments: str) -> tuple[int, str]:
        """Run a command, and return its exit code and what it printed."""
        finished = subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self._environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        assert "Traceback" not in finished.stdout
        return finished.returncode, finished.stdout


def test_pulumis_own_commands(database: Database, tmp_path: Path) -> None:
    """Up, the same again, refresh, and everything taken away, with nothing of ours in between."""
    cli = Cli(tmp_path, database)
    cli.make_stack()
    printed = cli.run("up", "-y", "-s", "dev")
    assert (database.deployer.password or "-") not in printed
    cli.run("preview", "-s", "dev", "--expect-no-changes")
    cli.run("refresh", "-y", "-s", "dev", "--expect-no-changes")
    cli.run("destroy", "-y", "-s", "dev")
    assert cli.run("stack", "export", "-s", "dev").count("rollout:postgres") == 0


def test_both_engines_leave_equal_databases(database: Database, tmp_path: Path) -> None:
    """Schema dump and roles are the same, byte for byte."""
    cli = Cli(tmp_path, database)
    cli.make_stack()
    cli.run("up", "-y", "-s", "dev")
    by_cli = database.dump(), database.roles()
    database.server.reset()
    again = database.server.create_database(database.name)
    done(engine(again, tmp_path / "home").up())
    assert (again.dump(), again.roles()) == by_cli


def test_a_state_moves_to_pulumis_own_engine(database18: Database, tmp_path: Path) -> None:
    """What the embedded engine deployed is taken over by `pulumi stack import`, and nothing is left to change."""
    # The stack file below says nothing of the gates.
    embedded = engine(database18, tmp_path / "home", attestations="[]")
    assert done(embedded.up()) == {Op.CREATE}
    cli = Cli(tmp_path, database18)
    cli.make_stack()
    salt = yaml.safe_load((cli.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8"))["encryptionsalt"]
    deployment = embedded.export()
    deployment["deployment"]["secrets_providers"] = {"type": "passphrase", "state": {"salt": salt}}
    (tmp_path / "state.json").write_text(json.dumps(deployment), encoding="utf-8")
    cli.run("stack", "import", "-s", "dev", "--file", str(tmp_path / "state.json"))
    cli.run("preview", "-s", "dev", "--expect-no-changes")
