"""What the workflows' steps run, run as a job would: with bash, in the project's folder, on a real database."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from infra.cli.preview_data import UNAPPROVED
from infra.preview.document import PlanDocument
from tests.cli.commands import Project
from tests.cli.on_server import on_server
from tests.clusters import Database
from tests.posting.forges import NUMBER, TOKEN, forge
from tests.report.pipelines import workflow

BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")


def step(name: str, job: str, begins: str, **expressions: str) -> tuple[str, dict[str, str]]:
    """The script of a step and what its `env` gives it, each expression with its value."""
    found = workflow(name)["jobs"][job]
    (own,) = (one for one in found["steps"] if one.get("name", "").startswith(begins))
    given = {**found.get("env", {}), **own.get("env", {})}
    for key, text in given.items():
        for expression, value in expressions.items():
            given[key] = given[key].replace(f"${{{{ {expression.replace('__', '.')} }}}}", value)
        assert "${{" not in given[key], text
    return own["run"], given


def run(folder: Path, script: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BASH, script], cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False
    )


def in_job(project: Project, name: str, job: str, begins: str, **expressions: str) -> subprocess.CompletedProcess[str]:
    known = {"matrix__stack": "dev", "vars__PULUMI_BACKEND_URL": "", "github__token": "a token"}
    script, given = step(name, job, begins, **(known | expressions))
    return run(project.folder, script, project._environment() | given)


@pytest.mark.full
def test_a_preview_is_kept_refused_for_a_hazard_and_commented(project: Project, database18: Database) -> None:
    """The document of a preview that fails is whole: what fails it is what the comment says first."""
    on_server(project, database18, stack="dev", protect=True)
    passed = in_job(project, "preview", "preview", "Preview")
    assert (passed.returncode, passed.stdout) == (0, ""), passed.stderr
    project.configure("dev", access="legacy")
    refused = in_job(project, "preview", "preview", "Preview")
    assert refused.returncode == UNAPPROVED, refused.stderr
    plan = PlanDocument.from_text((project.folder / "plan.json").read_text(encoding="utf-8"))
    assert "ACCESS_WIDENED" in {hazard.code for hazard in plan.hazards if hazard.needs_approval}
    # As the artefacts are kept and fetched.
    (project.folder / "plans" / "plan-dev").mkdir(parents=True)
    (project.folder / "plan.json").rename(project.folder / "plans" / "plan-dev" / "plan.json")
    (project.folder / "event.json").write_text(json.dumps({"pull_request": {"number": NUMBER}}), encoding="utf-8")
    with forge() as there:
        project.environment |= {"GITHUB_REPOSITORY": "o/r", "GITHUB_API_URL": there.address}
        project.environment["GITHUB_EVENT_PATH"] = str(project.folder / "event.json")
        commented = in_job(project, "preview", "comment", "Comment", github__token=TOKEN)
        assert commented.returncode == 0, commented.stderr
    (comment,) = there.comments
    assert "ACCESS_WIDENED" in "".join(comment["body"].splitlines(keepends=True)[:10])


@pytest.mark.full
def test_drift_is_kept_and_an_incident_fails(deployed: Project) -> None:
    """With the command's own code, so that whoever looks at the run knows which of the two it is."""
    deployed.psql("ALTER TABLE public.creator_profiles DISABLE ROW LEVEL SECURITY", "--admin")
    looked = in_job(deployed, "drift", "drift", "Look")
    assert looked.returncode == 5
    assert (deployed.folder / "drift" / "code").read_text(encoding="utf-8") == "5\n"
    report = (deployed.folder / "drift" / "report.txt").read_text(encoding="utf-8")
    assert "creator_profiles" in report
    assert report in looked.stdout


GH = """\
#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; done >> calls
echo -- >> calls
if [ "$2" = list ]; then printf '%s' "$STANDING"; fi
"""


@pytest.mark.parametrize(
    ("code", "standing", "done"),
    [
        ("0", "", None),
        ("0", "7", ["issue", "close", "7"]),
        ("3", "", ["issue", "create"]),
        ("5", "7", ["issue", "edit", "7"]),
        ("1", "7", None),
    ],
)
def test_the_issue_is_opened_brought_up_to_date_or_closed(
    tmp_path: Path, code: str, standing: str, done: list[str] | None
) -> None:
    """By GitHub's own command, which stands there as one that writes down how it is called."""
    (tmp_path / "drift").mkdir()
    (tmp_path / "drift" / "code").write_text(f"{code}\n", encoding="utf-8")
    (tmp_path / "drift" / "report.txt").write_text("one line\n```\n@everybody $(id)\n", encoding="utf-8")
    (tmp_path / "gh").write_text(GH, encoding="utf-8")
    (tmp_path / "gh").chmod(0o755)
    known = {"matrix__stack": "prod", "github__server_url": "https://example.org", "github__repository": "a/b"}
    script, given = step("drift", "issue", "Open", github__token="t", github__run_id="9", **known)
    ended = run(tmp_path, script, {"PATH": f"{tmp_path}:{os.environ['PATH']}", "STANDING": standing, **given})
    assert ended.returncode == 0, ended.stderr
    calls = [call.split("\n") for call in (tmp_path / "calls").read_text(encoding="utf-8").split("\n--\n") if call]
    assert calls[0][:2] == ["issue", "list"]
    assert [call[: len(done or ())] for call in calls[1:]] == ([done] if done else [])
    body = tmp_path / "body.md"
    assert body.exists() == (code in "35")
    if body.exists():
        text = body.read_text(encoding="utf-8")
        assert text.startswith("**An incident") == (code == "5")
        assert "    one line\n    ```\n    @everybody $(id)\n" in text, "as code, whatever an object is called"
