"""`rollout ci`: the pipelines' files for a project's stacks, written over nobody's own."""

import json
from pathlib import Path

from tests.cli.commands import ROOT, Project
from tests.report.pipelines import load

WORKFLOWS = [f".github/workflows/rollout-{name}.yml" for name in ("preview", "deploy", "drift", "backup")]


def test_this_repository_s_own_workflows_are_current(project: Project) -> None:
    """Stale? Run `rollout ci github --force`."""
    done = project.rollout("ci", "github", "--check", "--out", str(ROOT))
    assert (done.code, done.out) == (0, f"current: {', '.join(WORKFLOWS)}\n")


def test_files_are_written_checked_and_not_written_over(project: Project, tmp_path: Path) -> None:
    """The stacks are those with a database of their own, production last; an edited file stays unless it is forced."""
    out = ("--out", str(tmp_path))
    assert project.rollout("ci", "github", "--check", *out).code == 3
    done = project.rollout("ci", "github", *out, "--json")
    assert done.document == {"ok": True, "stacks": ["staging", "prod"], "written": WORKFLOWS}
    assert project.rollout("ci", "github", *out, "--json").document["written"] == []
    deploy = tmp_path / WORKFLOWS[1]
    deploy.write_text("name: mine\n", encoding="utf-8")
    (tmp_path / WORKFLOWS[2]).unlink()
    refused = project.rollout("ci", "github", *out)
    assert refused.code == 2
    assert f"CLI001 ci: {WORKFLOWS[1]} would be written over." in refused.err
    assert deploy.read_text(encoding="utf-8") == "name: mine\n"
    assert not (tmp_path / WORKFLOWS[2]).exists(), "all or none"
    assert project.rollout("ci", "github", *out, "--check", "--json").document["stale"] == WORKFLOWS[1:3]
    assert project.rollout("ci", "github", *out, "--force").out.splitlines() == [
        f"written: {x}" for x in WORKFLOWS[1:3]
    ]


def test_the_stacks_and_the_branch_are_as_said(project: Project) -> None:
    """In the order that was given, which is that of deploying; a stack without a file is refused."""
    done = project.rollout("ci", "gitlab", "--stack", "prod", "--stack", "staging", "--branch", "trunk")
    assert done.out == "written: .gitlab-ci.yml\n"
    pipeline = load((project.folder / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    assert pipeline["deploy-staging"]["needs"] == ["deploy-prod"]
    assert pipeline["deploy-prod"]["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "trunk"'}]
    refused = project.rollout("ci", "github", "--stack", "prod2")
    assert refused.code == 2
    assert "did you mean 'prod'?" in refused.err
    assert not (project.folder / ".github").exists()


def test_the_pipeline_of_a_fleet_is_what_its_plan_says(project: Project) -> None:
    """Each job of `fleet plan --matrix` is one of the matrix of its wave; the other pipelines are not written."""
    for name in ("eu-1", "eu-2", "us-1"):
        project.configure(name, phase=1)
    (project.folder / "fleet.yaml").write_text("stacks: ['eu-*', us-1]\ncanary: [us-1]\nwaveSize: 2", encoding="utf-8")
    done = project.rollout("ci", "github", "--fleet", "fleet.yaml")
    assert (done.code, done.out) == (0, "written: .github/workflows/rollout-fleet.yml\n")
    written = load((project.folder / ".github/workflows/rollout-fleet.yml").read_text(encoding="utf-8"))
    planned = json.loads(project.rollout("fleet", "plan", "--matrix").out)["include"]
    assert [(job["wave"], job["stack"]) for job in planned] == [
        (number, stack)
        for number in range(2)
        for stack in written["jobs"][f"deploy-{number}"]["strategy"]["matrix"]["stack"]
    ]
    assert project.rollout("ci", "github", "--fleet", "fleet.yaml", "--check").code == 0
    twice = project.rollout("ci", "github", "--fleet", "fleet.yaml", "--stack", "eu-1")
    assert (twice.code, twice.err.split(":")[0]) == (2, "CLI001 --stack")
