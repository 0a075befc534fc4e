"""`rollout comment`: from a preview's document or from a live stack, to stdout, to a file, to a pull request."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from infra.cli.comment_places import open_conversation
from infra.cli.comment_run import deliver, read_plans
from infra.cli.output import Output
from infra.errors import RolloutError
from infra.posting.github import GitHub
from infra.posting.gitlab import GitLab
from tests.cli.commands import Project
from tests.cli.on_server import STACK, on_server
from tests.clusters import Database
from tests.posting.forges import NUMBER, TOKEN, Forge, forge
from tests.report.comment.test_limits import EMPTY

VARIABLES: Final = (
    "GITHUB_API_URL",
    "GITHUB_EVENT_PATH",
    "GITHUB_REPOSITORY",
    "GITHUB_TOKEN",
    "CI_API_V4_URL",
    "CI_MERGE_REQUEST_IID",
    "CI_PROJECT_ID",
    "GITLAB_TOKEN",
)


def _marker(stack: str) -> str:
    return f"<!-- rollout: creative-pipeline/{stack} -->"


def _plan(project: Project, stack: str, **changes: Any) -> str:
    """Keep a plan as a job does that prints `preview --json` into a file; return its name."""
    plan = EMPTY.model_copy(update={"stack": stack} | changes)
    (project.folder / f"{stack}.json").write_text(json.dumps({"ok": True, "plan": plan.to_json()}), encoding="utf-8")
    return f"{stack}.json"


@pytest.fixture
def kept() -> Iterator[Forge]:
    with forge() as running:
        yield running


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that says nothing of any forge, whatever these tests run in."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_from_files_to_stdout_and_to_a_file(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Several stacks at once, each with its own first line."""
    files = [project.folder / _plan(project, name) for name in ("staging", "prod")]
    written = project.folder / "comment.md"
    for out in (None, written):
        deliver(read_plans(files), Output(as_json=False), out=out, to_post=False, number=None)
    shown = capsys.readouterr().out
    assert [line for line in shown.splitlines() if line.startswith("<!--")] == [_marker("staging"), _marker("prod")]
    assert written.read_text(encoding="utf-8") == shown


def test_posted_twice_it_is_one_comment(project: Project, kept: Forge, tmp_path: Path) -> None:
    """As a job of GitHub Actions does, whose event says which pull request it is."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"number": NUMBER, "pull_request": {"number": NUMBER}}), encoding="utf-8")
    project.environment |= {
        "GITHUB_API_URL": kept.address,
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_EVENT_PATH": str(event),
    }
    kept.says_user = False
    first = project.rollout("comment", "--plan", _plan(project, "staging"), "--post")
    assert (first.code, first.out) == (0, "staging: added https://forge/c/1\n"), first.err
    second = project.rollout("comment", "--plan", _plan(project, "staging", errors=("DB001 db: gone.",)), "--post")
    assert (second.code, second.out) == (0, "staging: changed https://forge/c/1\n"), second.err
    (body,) = kept.bodies(_marker("staging"))
    assert "DB001" in body


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("no json", "this is no plan"),
        ('{"plan": {"stack": "x"}}', "this is no plan"),
        ("[]", "this is no plan"),
        (None, "FileNotFoundError"),
    ],
)
def test_what_is_no_plan(content: str | None, problem: str, bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.chdir(tmp_path)
    file = tmp_path / "plan.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(RolloutError, match=problem):
        read_plans([file])


def test_one_plan_for_each_stack(project: Project) -> None:
    """The second would silently take the first one's place."""
    file = project.folder / _plan(project, "staging")
    with pytest.raises(RolloutError, match="CLI001 --plan: there are several plans of staging"):
        read_plans([file, file])


def test_nowhere_to_post(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each thing that is missing is named."""
    event = tmp_path / "event.json"
    event.write_text('{"ref": "refs/heads/main"}', encoding="utf-8")
    for setting, words in (
        ({}, "neither GITHUB_REPOSITORY nor CI_PROJECT_ID is set"),
        ({"GITHUB_REPOSITORY": "o/r"}, "GITHUB_TOKEN is not set"),
        ({"GITHUB_TOKEN": TOKEN}, "which pull request: GITHUB_EVENT_PATH names none"),
        ({"GITHUB_EVENT_PATH": str(event)}, "which pull request: GITHUB_EVENT_PATH names none"),
        ({"GITHUB_REPOSITORY": "", "CI_PROJECT_ID": "42"}, "CI_API_V4_URL is not set"),
        ({"CI_API_V4_URL": "https://x/api/v4"}, "GITLAB_TOKEN is not set"),
        ({"GITLAB_TOKEN": TOKEN}, "which pull request: CI_MERGE_REQUEST_IID names none"),
    ):
        for name, value in setting.items():
            bare.setenv(name, value)
        with pytest.raises(RolloutError, match=words) as caught, open_conversation(None):
            pass
        assert TOKEN not in str(caught.value)


def test_where_to_post(bare: pytest.MonkeyPatch) -> None:
    """A number that is given wins over the job's own."""
    bare.setenv("GITHUB_TOKEN", f"{TOKEN}\n")
    bare.setenv("GITHUB_REPOSITORY", "o/r")
    with open_conversation(3) as found:
        assert isinstance(found, GitHub)
    bare.delenv("GITHUB_REPOSITORY")
    for name, value in (("CI_API_V4_URL", "https://x/api/v4"), ("CI_PROJECT_ID", "42"), ("GITLAB_TOKEN", TOKEN)):
        bare.setenv(name, value)
    bare.setenv("CI_MERGE_REQUEST_IID", "7")
    with open_conversation(None) as other:
        assert isinstance(other, GitLab)


def test_a_preview_that_fails_says_why(project: Project) -> None:
    """A reviewer reads the reason in the pull request; the job itself does not fail by it."""
    project.configure(
        "staging", database={"host": "127.0.0.1", "port": 1, "name": "x", "user": "x", "sslmode": "disable"}
    )
    project.environment["PGPASSWORD"] = "hunter2hunter2"
    done = project.rollout("comment", "--stack", "staging", "--engine", "embedded")
    assert done.code == 0, done.err
    assert done.out.startswith(f"{_marker('staging')}\n")
    assert "🛑 **Refused" in done.out.splitlines()[2]
    assert "hunter2hunter2" not in done.said


@pytest.mark.full
def test_of_a_live_stack(project: Project, database18: Database) -> None:
    """Somebody let visitors in: nothing but the comment is on stdout, and its first lines say so."""
    on_server(project, database18, phase=5, overrides=[], deployed=True)
    with database18.connect(user="admin") as connection:
        connection.execute("GRANT SELECT ON public.creator_profiles TO anon")
    done = project.rollout("comment", "--engine", "embedded", "--stack", STACK)
    assert done.code == 0, done.err
    assert done.out.startswith(f"{_marker(STACK)}\n")
    head = "\n".join(done.out.splitlines()[:10])
    assert "anon" in head
    assert "GRANT SELECT" not in head
