"""`rollout ci`: the pipelines' files for a project's stacks, written over nobody's own."""

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
