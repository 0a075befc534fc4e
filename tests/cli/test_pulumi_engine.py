"""`--engine pulumi`: the same commands through Pulumi's own CLI, which leaves no more behind than it would alone."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import Project

pytestmark = pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI")


@pytest.fixture
def pulumi(project: Project, tmp_path: Path) -> Project:
    """The project with a backend of its own, on which its stack is made and another one is selected."""
    (tmp_path / "backend").mkdir()
    project.environment |= {
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase",
    }
    return project


def cli(project: Project, *arguments: str) -> str:
    """Run Pulumi's CLI itself in the project."""
    done = subprocess.run(
        ["pulumi", *arguments, "--non-interactive", "--color", "never"],
        cwd=project.folder,
        env=project._environment(),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_stack_that_the_backend_does_not_have_is_not_made(pulumi: Project) -> None:
    """A new stack on the wrong backend would adopt a whole database: making one is for `pulumi stack init`."""
    done = pulumi.rollout("up", "--yes", "--engine", "pulumi")
    assert done.code == 1
    assert "CLI003 stack dev: Pulumi's backend has no such stack. Fix: run `pulumi stack init dev`" in done.err
    assert cli(pulumi, "stack", "ls", "--json").strip() == "[]"


def test_the_whole_way_under_pulumi(pulumi: Project) -> None:
    cli(pulumi, "stack", "init", "dev")
    cli(pulumi, "stack", "init", "other")
    before = pulumi.files()
    up = pulumi.rollout("up", "--yes", "--engine", "pulumi")
    assert up.code == 0, up.said
    assert re.search(r"\+ \d\d\d created", up.out), "what Pulumi says is passed on"
    assert re.search(r"Table +15\b", up.out)
    assert "postgresql://deployer@127.0.0.1:" in up.out
    assert pulumi.rollout("preview", "--engine", "pulumi", "--expect-no-changes").code == 0
    pulumi.psql("ALTER TABLE public.creator_profiles DISABLE ROW LEVEL SECURITY", "--admin")
    preview = pulumi.rollout("preview", "--engine", "pulumi", "--json", "--expect-no-changes")
    assert preview.code == 3
    changed = [step for step in preview.document["steps"] if step["op"] != "same"]
    assert [(step["name"], step["op"]) for step in changed] == [("public.creator_profiles", "update")]
    assert changed[0]["changes"] == [{"path": "rowSecurity", "kind": "delete", "before": "disabled", "after": None}]
    status = pulumi.rollout("status", "--engine", "pulumi", "--json").document
    assert (status["engine"], status["phase"], status["agrees"]) == ("pulumi", 1, False)
    assert pulumi.rollout("refresh", "--engine", "pulumi", "--json").document["summary"]["update"] == 1
    assert pulumi.rollout("up", "--engine", "pulumi", "--yes", "--json").document["summary"]["update"] == 1
    taken = pulumi.rollout("import", "rollout:postgres:Role", "mine", "pipeline_owner", "--engine", "pulumi", "--json")
    assert taken.code == 0, taken.said
    assert "other*" in cli(pulumi, "stack", "ls"), "the selected stack stays selected"
    assert pulumi.files() == before


def test_both_engines_say_the_same_of_the_same_database(pulumi: Project) -> None:
    """One state, handed over, and one drift: the two previews differ in nothing."""
    pulumi.rollout("up", "--yes")
    cli(pulumi, "stack", "init", "dev")
    exported = pulumi.folder.parent / "deployment.json"
    exported.write_text(pulumi.rollout("state", "export", open_secret=True).out, encoding="utf-8")
    cli(pulumi, "stack", "import", "-s", "dev", "--file", str(exported))
    pulumi.psql("ALTER ROLE pipeline_monitor SET statement_timeout = '77s'", "--admin")
    first = pulumi.rollout("preview", "--engine", "embedded", "--json").document
    second = pulumi.rollout("preview", "--engine", "pulumi", "--json").document
    assert first["summary"] == second["summary"]

    def changes(document: dict[str, Any]) -> list[Any]:
        return [step for step in document["steps"] if step["op"] != "same"]

    assert changes(first) == changes(second)


def test_what_pulumi_refuses_ends_as_one_error(pulumi: Project) -> None:
    cli(pulumi, "stack", "init", "dev")
    pulumi.configure(phase=9)
    done = pulumi.rollout("preview", "--engine", "pulumi", "--json")
    assert done.code == 1
    assert not done.document["ok"]
    assert any("CFG001 phase: 9 is not a phase" in found["text"] for found in done.document["diagnostics"])
