"""The README's and the runbook's commands: each is there, with its options; those that need nothing are run."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli.app import app
from tests.cli.commands import ROOT
from tests.runbook.commands import (
    DOCUMENTS,
    NOT_RUN,
    PLACEHOLDERS,
    Command,
    all_commands,
    commands_of,
    inline_commands,
    parse,
    root,
    scripts,
)
from tests.runbook.scenes import PREPARED, SHORTENED, blocks

COMMANDS = all_commands()
OURS = [command for command in COMMANDS if command.program == "rollout"]
#: What needs no database: it is run as it stands.
OFFLINE = ("lint", "sql", "pool settings", "monitor rules", "monitor dashboards")


def _here(command: Command) -> list[str]:
    """Return the words after ``rollout``, up to where the shell takes over."""
    words = command.words[1:]
    return words[: words.index(">")] if ">" in words else words


@pytest.mark.parametrize("command", OURS, ids=str)
def test_the_command_line_takes_it(command: Command) -> None:
    parse(_here(command))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_what_stands_in_sentences_is_there_too(path: Path) -> None:
    """A command in a sentence may leave out what it needs; its name and its options are known."""
    found = list(inline_commands(path))
    assert found
    for text in found:
        command = root()
        words = re.sub(r"^(venv/bin/)?rollout ", "", text).split()
        while words and hasattr(command, "commands") and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        assert not (words and hasattr(command, "commands") and not words[0].startswith("-")), text
        known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if word.startswith("-")} <= known, text


def test_a_command_that_is_not_there_is_found(tmp_path: Path) -> None:
    """The test above fails for a wrong option, a missing one, and a command that does not exist."""
    text = (
        "# A\n\n## Wrong\n\n```sh\nrollout up --stakc dev\nrollout monitor rules\nrollout fly \\\n  --high # up\n```\n"
    )
    found = list(commands_of(tmp_path / "A.md", text))
    assert [command.plain for command in found] == [
        "rollout up --stakc dev",
        "rollout monitor rules",
        "rollout fly    --high",
    ]
    for command in found:
        with pytest.raises(Exception, match=r"No such|Missing"):
            parse(_here(command))


@pytest.mark.parametrize("command", [found for found in COMMANDS if found.program == "psql"], ids=str)
def test_psql_is_given_a_script_that_there_is_with_the_variables_that_it_reads(command: Command) -> None:
    words = command.words
    assert words[1] == "-X"
    if "-f" not in words:
        assert words[2] == "-c"
        return
    name = words[words.index("-f") + 1].removeprefix("sql/")
    text = scripts()[name]
    given = {words[place + 1].partition("=")[0] for place, word in enumerate(words) if word == "-v"}
    assert given <= set(re.findall(r":'?\{?\??(\w+)", text)), name


@pytest.mark.parametrize("command", [found for found in COMMANDS if found.program == "make"], ids=str)
def test_make_has_the_target(command: Command) -> None:
    done = subprocess.run(["make", "-n", *command.words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_else_is_run_than_what_can_be_looked_at() -> None:
    assert {command.program for command in COMMANDS} == {"rollout", "psql", "make", "pulumi"}
    assert len(COMMANDS) > 60


def test_what_is_not_run_and_what_is_made_shorter_stands_in_the_documents() -> None:
    """No exemption outlives its command."""
    plain = {command.plain for command in COMMANDS}
    assert set(NOT_RUN) <= plain
    assert len(NOT_RUN) <= 3
    for old in SHORTENED:
        assert any(old in text for text in plain), old
    assert set(PREPARED) <= {block.key for block in blocks()}
    assert set(PLACEHOLDERS) <= {word for command in COMMANDS for word in command.words}


@pytest.mark.parametrize("command", [found for found in OURS if " ".join(_here(found)).startswith(OFFLINE)], ids=str)
def test_what_needs_no_database_is_run(
    command: Command, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert home.is_dir()
    words = [
        {"FOLDER": str(tmp_path), "deploy/watch": str(tmp_path)}.get(word, PLACEHOLDERS.get(word, word))
        for word in _here(command)
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output


def test_a_python_of_ours_and_the_command_are_there() -> None:
    """The scenes run what `make` has installed."""
    assert shutil.which("rollout", path=str(Path(sys.executable).parent))
