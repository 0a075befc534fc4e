"""Every refusal has the form of the project's errors, an exit code, and no traceback."""

import re
from pathlib import Path
from typing import Any

import pytest

from infra.cli.failures import guarded
from infra.errors import DEBUG_VARIABLE
from tests.cli.commands import Project

FORM = re.compile(r"^[A-Z]{2,}\d{3} .+\. Fix: .+\.$|^[A-Z]{2,}\d{3} .+\. Allowed: .+\.$", re.MULTILINE)
NOBODY = "no-such-host.invalid"

COMMAND_LINES = [
    (["nope"], 2, "CLI001 rollout: No such command 'nope'"),
    (["up", "--nope"], 2, "CLI001 rollout up: No such option: --nope"),
    (["db", "nope"], 2, "CLI001 rollout db: No such command 'nope'"),
    (["up", "extra"], 2, "CLI001 rollout up: Got unexpected extra argument"),
    (["import", "rollout:postgres:Role"], 2, "CLI001 rollout import: Missing argument 'NAME'"),
    (["up"], 2, "CLI004 up: it asks before it changes anything, and there is no terminal to ask on. Fix: add --yes"),
    (["destroy"], 2, "CLI004 destroy: "),
    (["up", "--json"], 2, "CLI004 up: it asks before it changes anything, and with --json nothing is asked"),
    (["preview", "--stack", "prd"], 2, "CLI002 stack prd: there is no Pulumi.prd.yaml; did you mean 'prod'?"),
    (["status", "--stack", "../dev"], 2, "CLI002 stack ../dev: "),
    (["preview", "--stack", ""], 2, "CLI002 "),
    (["preview", "--engine", "terraform"], 2, "CLI001 --engine: 'terraform' is no engine. Allowed: auto, pulumi"),
    (["preview", "--stack", "prod"], 1, "CLI003 stack prod: Pulumi's CLI, which runs it, is not on the PATH"),
    (["up", "--yes", "--engine", "pulumi"], 1, "CLI003 stack dev: "),
    (["state", "export"], 1, "CLI006 state export: Pulumi.dev.yaml has no `encryptionsalt`"),
    (["db", "url"], 1, "EMB002 embedded PostgreSQL: "),
    (["db", "psql"], 1, "EMB002 embedded PostgreSQL: "),
]

STACK_FILES = [
    ({"phase": 9}, "CFG001 phase: 9 is not a phase. Allowed: 1 to 5"),
    ({"phaze": 1}, "CFG003 unknown key 'phaze'; did you mean 'phase'?"),
    ({"access": "open"}, "CFG002 access: "),
    ({"database": {"embedded": True, "host": "x"}}, "CFG002 database.host: "),
    ({"databasePassword": "hunter2hunter2"}, "SEC001 plaintext secret in Pulumi.dev.yaml:"),
]


@pytest.mark.parametrize(("arguments", "code", "expected"), COMMAND_LINES, ids=lambda value: str(value)[:40])
def test_a_command_that_cannot_be_run(project: Project, arguments: list[str], code: int, expected: str) -> None:
    project.environment["PATH"] = "/usr/bin:/bin"
    done = project.rollout(*arguments)
    assert done.code == code, done.said
    assert done.err.startswith(expected)
    assert FORM.search(done.err)
    if "--json" not in arguments:
        assert done.out == ""


@pytest.mark.parametrize(("config", "expected"), STACK_FILES, ids=lambda value: str(value)[:40])
@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_a_stack_file_with_a_fault(project: Project, config: dict[str, Any], expected: str, *, as_json: bool) -> None:
    """The same words as from the program itself; with --json they are the document's diagnostics."""
    project.configure(**config)
    done = project.rollout("preview", *(["--json"] if as_json else []))
    assert done.code == 1
    assert expected in done.err
    assert "hunter2hunter2" not in done.said
    assert "making the" not in done.err, "no server is made for a stack that is refused"
    if as_json:
        assert not done.document["ok"]
        assert any(expected in found["text"] for found in done.document["diagnostics"])


def test_a_stack_file_that_is_no_yaml(project: Project) -> None:
    (project.folder / "Pulumi.dev.yaml").write_text("config: [", encoding="utf-8")
    done = project.rollout("preview")
    assert done.code == 1
    assert done.err.startswith("CFG002 Pulumi.dev.yaml:")


def test_every_fault_of_a_stack_file_is_told_at_once(project: Project) -> None:
    project.configure(phase=9, phaze=1, access="open")
    done = project.rollout("preview")
    assert [line.split()[0] for line in done.err.splitlines() if "CFG" in line] == ["CFG001", "CFG002", "CFG003"]


def test_a_secret_in_plain_text_hides_no_other_fault(project: Project) -> None:
    """The file is refused before any engine reads it, yet all that is wrong in it is told."""
    project.configure(databasePassword="hunter2hunter2", phase=9, phaze=1, access="open")
    done = project.rollout("preview")
    assert [line.split()[0] for line in done.err.splitlines()][:4] == ["SEC001", "CFG001", "CFG002", "CFG003"]
    assert "hunter2hunter2" not in done.said


def test_neither_phase_nor_database(project: Project) -> None:
    project.configure(phase=None, database=None)
    done = project.rollout("preview")
    assert [line.split(".")[0] for line in done.err.splitlines()] == [
        "CFG001 phase: it is missing",
        "CFG004 database: it is missing",
    ]


def test_a_database_that_cannot_be_reached(project: Project) -> None:
    """A stack of one's own on the embedded engine: the password comes from the environment and is shown nowhere."""
    project.configure("mine", phase=1, database={"host": NOBODY, "name": "postgres", "user": "deployer"})
    done = project.rollout("preview", "--stack", "mine", "--engine", "embedded")
    assert done.code == 1
    assert "CFG004 databasePassword: it is missing" in done.err
    project.environment["PGPASSWORD"] = "hunter2hunter2"
    done = project.rollout("preview", "--stack", "mine", "--engine", "embedded")
    assert done.code == 1
    assert "DB001 " in done.err
    assert "hunter2hunter2" not in done.said


def test_outside_of_a_project(project: Project, tmp_path: Path) -> None:
    project.folder = tmp_path / "elsewhere"
    project.folder.mkdir()
    done = project.rollout("status")
    assert done.code == 2
    assert done.err.startswith(f"CLI001 {project.folder}: there is no Pulumi.yaml here or above.")


def test_below_a_project_is_in_it(project: Project) -> None:
    below = project.folder / "docs" / "deep"
    below.mkdir(parents=True)
    project.folder = below
    assert project.rollout("sql", "deploy").code == 0


def test_an_unexpected_failure_is_one_line_and_its_traceback_goes_where_it_is_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "debug.log"
    assert guarded(_broken, as_json=False) == 1
    told = capsys.readouterr().err
    assert re.fullmatch(
        r"CLI009 test_refusals\.py:\d+: ZeroDivisionError: division by zero\. Fix: set ROLLOUT_DEBUG.+\n", told
    )
    monkeypatch.setenv(DEBUG_VARIABLE, str(log))
    assert guarded(_broken, as_json=True) == 1
    assert "Traceback" in log.read_text(encoding="utf-8")
    assert "Traceback" not in "".join(capsys.readouterr())


def test_a_password_in_an_unexpected_failure_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    def leak() -> None:
        raise ValueError("cannot connect to postgresql://me:hunter2hunter2@db/x")

    assert guarded(leak, as_json=True) == 1
    assert "hunter2hunter2" not in "".join(capsys.readouterr())


def _broken() -> None:
    _ = 1 / 0
