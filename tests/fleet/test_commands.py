"""Commands forked from one process that has imported them: each ends as if it had been started by itself."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.embedded.pg_account import server_account
from infra.embedded.postgres import folder_of
from infra.fleet.commands import Commands, Running, close_all, commands_of
from infra.fleet.work import UP, Order, carry_out
from tests.cli.commands import Project

ANSWERS_SECONDS = 120.0


@pytest.fixture
def folder(home: Path, tmp_path: Path) -> str:
    return str(Project(tmp_path / "project", home).folder)


@pytest.fixture
def commands(folder: str) -> Iterator[Commands]:
    made = Commands(folder)
    yield made
    made.close()


def begin(commands: Commands, *arguments: str, **environment: str) -> Running:
    return commands.begin(arguments, os.environ | environment)


def served(commands: Commands, address: Path) -> Running:
    """Begin a command that goes on until it is stopped, and wait until it is at work."""
    running = begin(commands, "serve", "--port", "0", ROLLOUT_DEBUG=str(address))
    with pytest.raises(TimeoutError):
        running.wait(1.0)
    return running


def test_a_command_ends_with_its_code_and_its_words(commands: Commands, tmp_path: Path) -> None:
    """One after the other and beside one another, each with an environment of its own."""
    first = begin(commands, "up", "--yes", "--stack", "nope")
    second = begin(commands, "lint", "--stack", "dev")
    third = begin(commands, "db", "url", ROLLOUT_HOME=str(tmp_path))
    code, said = first.wait(ANSWERS_SECONDS)
    assert (code, said.split(":")[0]) == (2, "CLI002 stack nope")
    assert second.wait(ANSWERS_SECONDS) == (0, "")
    code, said = third.wait(ANSWERS_SECONDS)
    assert code == 1
    assert said.startswith("EMB002")
    assert f"the embedded PostgreSQL of {folder_of(tmp_path, server_account())} does not run" in said


def test_a_command_is_stopped_as_by_ctrl_c_and_killed_as_by_anybody(commands: Commands, tmp_path: Path) -> None:
    running = served(commands, tmp_path / "debug")
    running.send(signal.SIGINT)
    code, said = running.wait(ANSWERS_SECONDS)
    assert code in {0, 130}, said
    killed = served(commands, tmp_path / "debug")
    killed.send(signal.SIGKILL)
    assert killed.wait(ANSWERS_SECONDS)[0] == -signal.SIGKILL


def test_an_order_that_takes_too_long_is_interrupted(folder: str) -> None:
    result = carry_out(Order(folder, "dev", (("watch", "--every", "5s", "--for", "1h"),), timeout=0.5, run="a"))
    close_all()
    assert result.code in {1, 124}
    assert result.seconds < ANSWERS_SECONDS


def test_each_run_imports_the_project_anew(folder: str) -> None:
    """A run that goes on has the process that it had; what was begun before another one came is finished."""
    one = commands_of(folder, "one")
    assert commands_of(folder, "one") is one
    running = begin(one, "lint", "--stack", "dev")
    other = commands_of(folder, "other")
    assert other is not one
    assert running.wait(ANSWERS_SECONDS) == (0, "")
    close_all()


def test_the_order_s_own_stack_alone_is_named(folder: str) -> None:
    result = carry_out(Order(folder, "nope", (UP,), run="b"))
    close_all()
    assert (result.code, result.why.split(":")[0]) == (2, "`rollout up` ended with 2")
    assert "CLI002 stack nope" in result.why


def test_one_that_memory_was_taken_from_is_made_anew(folder: str) -> None:
    """What it had begun is finished; what comes next is forked from another."""
    former = commands_of(folder, "one")
    running = begin(former, "lint", "--stack", "dev")
    former._process.kill()
    former._process.wait()
    with pytest.raises(OSError, match=r"[Bb]roken|reset"):
        begin(former, "lint", "--stack", "dev")
    assert running.wait(ANSWERS_SECONDS)[0] == 0
    assert commands_of(folder, "one") is not former
    assert carry_out(Order(folder, "nope", (UP,), run="one")).code == 2
    close_all()
