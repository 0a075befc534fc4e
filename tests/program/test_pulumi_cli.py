"""The program under Pulumi's own CLI: bad stack files are refused in plain words."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from infra.errors import DEBUG_VARIABLE
from tests.program.graph import PROJECT, ROOT

pytestmark = pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI")

BAD: Final[list[tuple[str, Any, str]]] = [
    ("phase", 6, "CFG001 phase: 6 is not a phase. Allowed: 1 to 5."),
    ("flags", {"featureX": True}, "FLAG001 flags.featureX: there is no flag 'featureX'."),
    ("phase", None, "missing configuration value 'phase'"),
    ("phase", 2.5, "must be of type 'integer'"),
    ("phase", "two", "must be of type 'integer'"),
    ("phaze", 1, "CFG003 unknown key 'phaze'; did you mean 'phase'?"),
    ("protect", "yes", "must be of type 'boolean'"),
    ("extensions", {"a": "b"}, "must be of type 'array<string>'"),
    ("database", ["a"], "must be of type 'object'"),
    ("database", {"host": 1}, "CFG002 database.host: a whole number where a text is expected (1)"),
    ("databasePassword", "hunter2hunter2", "SEC001 plaintext secret in Pulumi.dev.yaml:"),
]


class Project:
    """The project in a folder of its own, with a backend and a home of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        (folder / "state").mkdir()
        for name in ("Pulumi.yaml", "__main__.py", "infra", "venv"):
            (self.folder / name).symlink_to(ROOT / name)
        self.config = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8"))["config"]
        self._environment = {
            **os.environ,
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "ROLLOUT_HOME": str(folder / "home"),
            **environment,
        }

    def set(self, key: str, value: Any) -> None:
        """Write a key into the stack file, or take it out of there."""
        self.config[f"{PROJECT}:{key}"] = value
        kept = {name: content for name, content in self.config.items() if content is not None}
        (self.folder / "Pulumi.dev.yaml").write_text(json.dumps({"config": kept}, indent=1), encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self._environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )


@pytest.mark.parametrize(("key", "value", "expected"), BAD, ids=lambda value: str(value)[:40])
def test_the_fault_is_shown_and_no_traceback(tmp_path: Path, key: str, value: Any, expected: str) -> None:
    """In Pulumi's words where its own check sees it, in ours where it lets a fault through; never the secret."""
    project = Project(tmp_path)
    project.set(key, value)
    project.run("stack", "init", "dev")
    done = project.run("preview", "-s", "dev", "--refresh=false")
    assert done.returncode != 0
    assert expected in done.stdout
    assert "Traceback" not in done.stdout
    assert "hunter2hunter2" not in done.stdout


def test_a_project_without_its_database_is_told_how_to_start_it(tmp_path: Path) -> None:
    """The first `pulumi up` in a clean clone, before `rollout db start`."""
    project = Project(tmp_path)
    project.set("phase", 1)
    project.run("stack", "init", "dev")
    done = project.run("preview", "-s", "dev", "--refresh=false")
    assert done.returncode != 0
    assert "does not run. Fix: run `rollout db start` first, or `venv/bin/python -m infra.cli db start`" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("asked", [True, False])
def test_lines_for_debugging_are_sent_to_those_who_ask_for_them(tmp_path: Path, asked: bool) -> None:  # noqa: FBT001
    project = Project(tmp_path, **({DEBUG_VARIABLE: str(tmp_path / "debug.log")} if asked else {}))
    project.set("phase", 1)
    project.run("stack", "init", "dev")
    done = project.run("preview", "-s", "dev", "--refresh=false", "--debug")
    assert ("beginning rpc register resource" in done.stdout) is asked
