"""The toy kinds under Pulumi's own CLI: what no test of ours alone can show."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.provider.test_server import ROOT, TOY

pytestmark = pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI")

PROGRAM = """
import json
import pulumi


class Rollout(pulumi.ProviderResource):
    def __init__(self, _name, **props):
        super().__init__("rollout", _name, props)


class Note(pulumi.CustomResource):
    def __init__(self, _name, opts, **props):
        super().__init__("rollout:toy:Note", _name, props, opts)


settings = {"host": "h", "port": 5432, "database": "d", "user": "u", "password": pulumi.Output.secret("hunter2")}
provider = Rollout("p", **settings)
for props in json.load(open("notes.json")):
    options = pulumi.ResourceOptions(provider=provider, **props.pop("options", {}))
    Note(props["name"], options, **props)
"""


class Project:
    """A Pulumi project of notes, with a home and a backend of its own."""

    def __init__(self, folder: Path) -> None:
        self.program, self.files, state = folder / "program", folder / "files", folder / "state"
        for made in (self.program, self.files, state):
            made.mkdir()
        runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
        plugins = {"providers": [{"name": "rollout", "path": str(TOY)}]}
        project = {"name": "notes", "runtime": runtime, "plugins": plugins}
        (self.program / "Pulumi.yaml").write_text(json.dumps(project))
        (self.program / "__main__.py").write_text(PROGRAM)
        self._env = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "TOY_FOLDER": str(self.files),
        }
        self.run("stack", "init", "dev")

    def declare(self, *notes: dict[str, Any]) -> None:
        (self.program / "notes.json").write_text(json.dumps(notes))

    def run(self, *arguments: str, code: int = 0) -> str:
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        done = subprocess.run(
            command, check=False, cwd=self.program, env=self._env, capture_output=True, text=True, timeout=120
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        return said

    def file(self, name: str) -> Path:
        return self.files / f"{name}.json"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


A = {"name": "a", "text": "hello", "size": 3, "password": "s3cr3t-of-a"}


def test_a_life(project: Project) -> None:
    """Create, nothing to do, drift seen and repaired, replace, destroy; no secret in the state or on the screen."""
    project.declare(A)
    assert "+ 3 to create" in project.run("preview")
    project.run("up", "--yes", "--skip-preview")
    project.run("preview", "--expect-no-changes")
    project.file("a").write_text(json.dumps({**A, "text": "drifted"}))
    assert '~ text: "hello" => "drifted"' in project.run("refresh", "--preview-only", "--diff")
    said = project.run("up", "--yes", "--refresh", "--diff")
    assert '~ text: "drifted" => "hello"' in said
    assert json.loads(project.file("a").read_text())["text"] == "hello"
    project.declare({**A, "name": "a"}, {"name": "b", "password": "s3cr3t-of-b"})
    said += project.run("up", "--yes", "--skip-preview", "--diff")
    said += project.run("stack", "export")
    assert "s3cr3t" not in said
    assert "hunter2" not in said
    project.run("destroy", "--yes", "--skip-preview")
    assert not list(project.files.glob("*.json"))


def test_an_import_needs_an_object(project: Project) -> None:
    """A missing one is refused by name; one that is there is taken over as it is."""
    project.declare({"name": "a", "text": "kept", "options": {"import_": "a"}})
    said = project.run("up", "--yes", "--skip-preview", code=1)
    assert "DB008 rollout:toy:Note 'a': there is nothing to import" in said
    project.file("a").write_text(json.dumps({"name": "a", "text": "kept"}))
    assert "1 imported" in project.run("up", "--yes", "--skip-preview")


def test_failures_read_well_and_half_made_objects_are_kept(project: Project) -> None:
    """A named error without a traceback of ours; a partial failure is in the state, and the next run mends it."""
    project.declare({**A, "mishap": "bug"})
    said = project.run("up", "--yes", "--skip-preview", code=1)
    assert "error: PRV003 rollout:toy:Note a: ZeroDivisionError at toy.py" in said
    assert f"{ROOT}/infra/provider" not in said
    project.declare({**A, "mishap": "partial"})
    assert "DB007 note: half: [secret]." in project.run("up", "--yes", "--skip-preview", code=1)
    project.declare(A)
    assert "~ 1 updated" in project.run("up", "--yes", "--skip-preview")


def test_the_schema_is_taken(project: Project, tmp_path: Path) -> None:
    """`package get-schema` binds it, which checks every reference.

    An executable stands in for the folder: given that, the CLI would run pip in the shared environment first.
    """
    executable = tmp_path / "pulumi-resource-rollout"
    executable.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{TOY}' \"$@\"\n")
    executable.chmod(0o755)
    schema = json.loads(project.run("package", "get-schema", str(executable)))
    assert set(schema["resources"]) == {"rollout:toy:Note"}
