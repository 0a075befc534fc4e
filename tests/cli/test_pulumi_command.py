"""The CLI is called in a group of its own: it is told once of each signal, whoever it came from; with a stand-in."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from pulumi.automation import CommandError

from infra.cli import pulumi_command
from infra.cli.pulumi_command import OwnCommand, stopping

#: Says its group, ends with a word at the first SIGINT, and fails.
CLI = """#!/bin/sh
if [ "$1" = version ]; then echo v3.999.0; exit; fi
trap 'echo interrupted; kill $!; exit 7' INT
echo "group $(cut -d' ' -f5 /proc/$$/stat)"; echo "arguments $*"; echo "a warning" >&2
[ "$2" = orphan ] && { sleep 60 & echo $! > orphan; exit 9; }
[ "$2" = wait ] || exit 0
sleep 60 & wait
"""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OwnCommand:
    file = tmp_path / "pulumi"
    file.write_text(CLI, encoding="utf-8")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return OwnCommand()


def test_it_runs_in_a_group_of_its_own_and_passes_on_what_is_said(command: OwnCommand, tmp_path: Path) -> None:
    """A terminal's Ctrl-C goes to the foreground's group: it must not reach the CLI besides what we tell it."""
    out: list[str] = []
    error: list[str] = []
    result = command.run(["up"], str(tmp_path), {}, out.append, error.append)
    assert (result.code, result.stderr) == (0, "a warning")
    assert out == result.stdout.splitlines()
    assert out[0] != f"group {os.getpgrp()}"
    assert out[1] == "arguments --non-interactive up"
    assert error == ["a warning"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["sigint", "sigterm"])
def test_a_signal_is_passed_on_once(command: OwnCommand, tmp_path: Path, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    said: list[str] = []

    def told(line: str) -> None:
        said.append(line)
        if line.startswith("arguments"):
            threading.Timer(0.2, lambda: os.kill(os.getpid(), number)).start()

    with stopping(command.interrupt) as stopped, pytest.raises(CommandError):
        command.run(["wait"], str(tmp_path), {}, told)
    assert stopped.is_set()
    assert said.count("interrupted") == 1
    assert signal.getsignal(number) is before
    command.interrupt()  # nothing runs any more


def test_a_failure_is_the_automation_api_s_own(command: OwnCommand, tmp_path: Path) -> None:
    def told(line: str) -> None:
        if line.startswith("arguments"):
            threading.Timer(0.2, command.interrupt).start()

    with pytest.raises(CommandError, match="code: 7"):
        command.run(["wait"], str(tmp_path), {}, told)


def test_what_a_killed_cli_leaves_behind_holds_nothing_up(
    command: OwnCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plugin that outlives the CLI has its output open: nobody waits for the end of that."""
    monkeypatch.setattr(pulumi_command, "LAST_WORDS_SECONDS", 0.2)
    threads = set(threading.enumerate())
    start = time.monotonic()
    with pytest.raises(CommandError, match="arguments --non-interactive orphan"):
        command.run(["orphan"], str(tmp_path), {})
    assert time.monotonic() - start < 30
    os.kill(int((tmp_path / "orphan").read_text(encoding="utf-8")), signal.SIGKILL)
    for thread in set(threading.enumerate()) - threads:
        thread.join()
