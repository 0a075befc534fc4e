"""The pipelines keep to what their forges take and to what is safe; each command in them is one that there is."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from infra.cli.app import app
from infra.errors import RolloutError
from infra.report.ci import ACTIONS, Forge, Pipelines, render_pipelines
from tests.report.pipelines import STACKS, TEXTS, Script, jobs, scripts, workflow

BIN = Path(sys.executable).parent
SCRIPTS = scripts()
JOBS = list(jobs(Forge.GITHUB))
#: The real actionlint where it was built: `make actionlint`.
ACTIONLINT = shutil.which("actionlint", path=f"{BIN}:{Path.home() / 'go' / 'bin'}:/usr/local/bin:/usr/bin")
each_job = pytest.mark.parametrize("job", [job for _, job in JOBS], ids=[where for where, _ in JOBS])


def put(folder: Path, forge: Forge, change: Any = str) -> list[str]:
    """Write the pipelines, each changed, and return their paths."""
    for path, text in TEXTS[forge].items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(change(text), encoding="utf-8")
    return [str(folder / path) for path in TEXTS[forge]]


def lint(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN / command[0], *command[1:]], capture_output=True, text=True, timeout=60, check=False)


def schema(files: list[str]) -> str:
    """What GitHub's own schema has against workflows."""
    return said_by(lint("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files))


def audits(files: list[str]) -> str:
    """What zizmor has against them, with every audit that it has."""
    return said_by(lint("zizmor", "--offline", "--no-progress", "--quiet", "--persona", "auditor", *files))


def said_by(look: subprocess.CompletedProcess[str]) -> str:
    return look.stdout + look.stderr if look.returncode else ""


def test_github_takes_the_workflows_and_no_audit_finds_a_fault(tmp_path: Path) -> None:
    files = put(tmp_path, Forge.GITHUB)
    assert (schema(files), audits(files)) == ("", "")
    if ACTIONLINT:
        assert said_by(lint(ACTIONLINT, "-shellcheck", str(BIN / "shellcheck"), *files)) == ""


def test_github_takes_no_word_that_is_wrong(tmp_path: Path) -> None:
    """The schema is read, and by the files that were written."""
    files = put(tmp_path, Forge.GITHUB, lambda text: text.replace("timeout-minutes: 30", "timeout-minutes: soon"))
    assert "timeout-minutes" in schema(files)


@pytest.mark.parametrize(
    ("good", "bad", "found"),
    [
        ("  pull_request:", "  pull_request_target:", "dangerous-triggers"),
        (f"actions/checkout@{ACTIONS['actions/checkout'][0]} #", "actions/checkout@main #", "unpinned-uses"),
        ('--stack "$STACK"', "--stack ${{ github.head_ref }}", "template-injection"),
        ("permissions: {}\n\ndefaults", "permissions: write-all\n\ndefaults", "excessive-permissions"),
        ("persist-credentials: false", "persist-credentials: true", "artipacked"),
    ],
)
def test_the_audits_see_what_would_be_wrong(tmp_path: Path, good: str, bad: str, found: str) -> None:
    """Each of the mistakes that the workflows are kept from is noticed when it is made."""
    assert found in audits(put(tmp_path, Forge.GITHUB, lambda text: text.replace(good, bad)))


def test_gitlab_takes_the_pipeline(tmp_path: Path) -> None:
    """By GitLab's own schema, which also notices a word that it does not know."""
    look = ("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
    files = put(tmp_path, Forge.GITLAB)
    assert lint(*look, *files).returncode == 0
    put(tmp_path, Forge.GITLAB, lambda text: text.replace("resource_group: rollout", "resource_groups: rollout"))
    assert "resource_groups" in lint(*look, *files).stdout


def test_shellcheck_finds_nothing_in_any_step() -> None:
    """As the forges run them: bash on GitHub, and what every shell knows on GitLab."""
    for script in SCRIPTS:
        shell = "bash" if ".github" in script.where else "sh"
        done = subprocess.run(
            [BIN / "shellcheck", f"--shell={shell}", "-"],
            input=script.text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script.where}\n{done.stdout}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.where)
def test_no_expression_stands_in_a_script(script: Script) -> None:
    """What others may write, such as a branch's name, reaches a shell in variables alone."""
    assert "${{" not in script.text


@pytest.mark.parametrize("script", [one for one in SCRIPTS if list(one.invocations)], ids=lambda script: script.where)
def test_each_rollout_in_a_script_is_a_command_that_there_is(script: Script) -> None:
    for words in script.invocations:
        parse(words)


def test_the_scripts_name_every_command_that_a_pipeline_needs() -> None:
    """The test above has something to look at, and notices what is none."""
    named = {words[0] for script in SCRIPTS for words in script.invocations}
    assert named == {"preview", "comment", "up", "drift", "backup", "verify", "watch"}
    with pytest.raises(Exception, match="--fail-on-unaproved"):
        parse(["preview", "--stack", "dev", "--fail-on-unaproved"])


def parse(words: list[str]) -> None:
    """Have the command line read the words as it would, without running anything."""
    command: Any = typer.main.get_command(app)
    context = None
    while hasattr(command, "commands"):
        context = command.context_class(command, parent=context)
        command = command.commands[words[0]]
        words = words[1:]
    command.make_context(command.name, list(words), parent=context)


@each_job
def test_a_job_has_its_limits(job: dict[str, Any]) -> None:
    """A time, the rights it needs, and never two of a kind at once for a stack."""
    assert int(job["timeout-minutes"]) <= 120
    assert isinstance(job["permissions"], dict)
    assert job["concurrency"]["group"].startswith("rollout-")
    if "matrix" in job.get("strategy", {}):
        assert "matrix.stack" in job["concurrency"]["group"]


@each_job
def test_who_may_write_has_no_credentials(job: dict[str, Any]) -> None:
    """A job that comments or opens issues is given no role, no environment and so none of its variables."""
    rights = {right for right, may in job["permissions"].items() if may == "write"}
    assert len(rights) <= 1
    assert ("id-token" in rights) == ("environment" in job)
    assert rights <= {"id-token", "pull-requests", "issues"}


def test_nothing_long_lived_is_asked_for() -> None:
    """Not one secret: a role and a token for the run alone, by OIDC."""
    text = "".join(TEXTS[Forge.GITHUB].values())
    assert "secrets." not in text
    assert text.count("id-token: write") == text.count("role-to-assume:") == text.count("pulumi/auth-actions@")


def test_every_action_is_pinned_by_its_commit() -> None:
    used = re.findall(r"uses: (\S+)@(\S+)( # \S+)?", "".join(TEXTS[Forge.GITHUB].values()))
    assert {(action, commit, release.removeprefix(" # ")) for action, commit, release in used} == {
        (action, commit, release) for action, (commit, release) in ACTIONS.items()
    }
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) for commit, _ in ACTIONS.values())


def test_a_fork_is_told_that_nothing_is_previewed() -> None:
    """It gets neither role nor variables; one of the two jobs runs, never both."""
    found = workflow("preview")["jobs"]
    same = "github.event.pull_request.head.repo.full_name == github.repository"
    assert found["preview"]["if"] == same
    assert found["fork"]["if"] == same.replace("==", "!=")
    assert found["fork"]["permissions"] == {}
    assert found["comment"]["needs"] == "preview"


def test_two_deploys_of_a_stack_never_overlap() -> None:
    """In a queue of their own, which neither drift nor a backup can empty; and the stacks one after the other."""
    deploy = workflow("deploy")["jobs"]["deploy"]
    assert deploy["concurrency"] == {"group": "rollout-deploy-${{ matrix.stack }}", "cancel-in-progress": "false"}
    assert deploy["environment"] == "${{ matrix.stack }}"
    assert deploy["strategy"] == {"max-parallel": "1", "fail-fast": "true", "matrix": {"stack": list(STACKS)}}
    groups = [job["concurrency"]["group"] for where, job in JOBS if "rollout-fleet" not in where]
    assert len(set(groups)) == len(groups)


@pytest.mark.parametrize("name", ["", "a b", "$(id)", "prod]", "-x", "x" * 101, "a/../b", 'a"b'])
def test_a_name_that_is_more_than_a_name_is_refused(name: str) -> None:
    with pytest.raises(RolloutError, match=r"CLI001 ci: .* cannot stand in a pipeline"):
        Pipelines((name,))
    with pytest.raises(RolloutError, match=r"CLI001 ci: .* cannot stand in a pipeline"):
        Pipelines(("prod",), branch=name)


def test_a_name_stays_a_text() -> None:
    """YAML would read these as truth, nothing and a number."""
    for forge in Forge:
        text = "".join(render_pipelines(forge, Pipelines(("no", "null", "1"))).values())
        assert '["no", "null", "1"]' in text
