"""Whose a lock of a file backend is, whether its owner is dead, and that no other lock is touched; without the CLI."""

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.cli.output import Output
from infra.cli.pulumi_failures import named, reason
from infra.cli.pulumi_locks import Owner, lock_folder, owner_of, read_locks, remove
from infra.cli.pulumi_recovery import clear_locks, pending_operations
from infra.cli.stacks import Stack
from infra.errors import RolloutError

NOW = datetime.now(UTC)
#: In the CLI's words.
LOCKED = """\
error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file
with `pulumi cancel`.
  s3://bucket/.pulumi/locks/organization/p/s/x.json: created by ada@build-7 (pid 4711) at 2026-11-27T12:20:21Z
"""


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    (tmp_path / ".pulumi").mkdir()
    (tmp_path / ".pulumi" / "meta.yaml").write_text("version: 1\n", encoding="utf-8")
    return Stack(tmp_path, "project", "mine", {})


def folder_of(stack: Stack) -> Path:
    folder = lock_folder(stack.folder, f"file://{stack.folder}", stack.project, stack.name)
    assert folder is not None
    return folder


def lock(stack: Stack, pid: int, *, host: str = "", since: datetime = NOW, name: str = "a") -> Path:
    """Write a lock as the CLI does, with nanoseconds and the attributes that the backend keeps beside it."""
    file = folder_of(stack) / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {"pid": pid, "username": "ada", "hostname": host or socket.gethostname()}
    content["timestamp"] = since.strftime("%Y-%m-%dT%H:%M:%S.%f123Z")
    file.write_text(json.dumps(content), encoding="utf-8")
    file.with_name(f"{file.name}.attrs").write_text("{}", encoding="utf-8")
    return file


def clear(stack: Stack, backend: str = "") -> None:
    clear_locks(stack, backend or f"file://{stack.folder}", Output(as_json=False))


def gone() -> int:
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_lock_of_a_dead_run_is_removed_and_no_other(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    dead = lock(stack, gone())
    other = folder_of(stack).with_name("other") / "b.json"
    other.parent.mkdir()
    other.write_text("{}", encoding="utf-8")
    clear(stack)
    assert not list(folder_of(stack).iterdir())
    assert other.exists()
    assert f"removed the lock of a run that has died: ada@{socket.gethostname()}, process" in capsys.readouterr().err
    assert not dead.exists()


def test_the_lock_of_a_run_that_lives_stays(stack: Stack) -> None:
    alive = lock(stack, os.getpid())
    with pytest.raises(RolloutError, match=f"another run works on its state: ada@.*, process {os.getpid()}") as refused:
        clear(stack)
    assert refused.value.code == "CLI007"
    assert alive.exists()


def test_another_process_that_got_the_number_later_does_not_keep_it(stack: Stack) -> None:
    """Numbers come round: whoever has it now began after the lock was taken."""
    lock(stack, os.getpid(), since=NOW - timedelta(days=2))
    clear(stack)
    assert not list(folder_of(stack).glob("*.json"))


def test_a_process_that_is_not_buried_yet_is_dead(stack: Stack) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    lock(stack, process.pid)
    clear(stack)
    process.wait()
    assert not list(folder_of(stack).glob("*.json"))


def test_a_lock_of_another_machine_stays_and_is_told(stack: Stack) -> None:
    """Nobody here can tell whether its owner lives; not even a number that is free here says anything."""
    theirs = lock(stack, gone(), host="elsewhere")
    with pytest.raises(RolloutError, match="ada@elsewhere") as refused:
        clear(stack)
    assert f"delete that one lock: {theirs}" in refused.value.fix
    assert theirs.exists()


def test_a_lock_that_says_nothing_stays(stack: Stack) -> None:
    for content in ("", "[]", '{"pid": 1}', '{"pid": 1, "username": "a", "hostname": "b", "timestamp": "soon"}'):
        file = lock(stack, 1)
        file.write_text(content, encoding="utf-8")
        with pytest.raises(RolloutError, match="CLI007"):
            clear(stack)
        assert file.exists()


def test_a_lock_that_was_taken_anew_is_not_removed(stack: Stack) -> None:
    file = lock(stack, gone())
    (found,) = read_locks(folder_of(stack))
    assert owner_of(found) is Owner.DEAD
    lock(stack, os.getpid())
    remove(found)
    assert file.exists()


def test_where_the_locks_are(tmp_path: Path) -> None:
    """A backend of the time before projects has no folder for them; of any other kind there is nothing to look at."""
    assert lock_folder(tmp_path, f"file://{tmp_path}", "p", "s") == tmp_path / ".pulumi/locks/s"
    (tmp_path / ".pulumi").mkdir()
    (tmp_path / ".pulumi/meta.yaml").write_text("version: 1\n", encoding="utf-8")
    expected = tmp_path / ".pulumi/locks/organization/p/s"
    assert lock_folder(tmp_path, f"file://{tmp_path}?metadata=skip", "p", "s") == expected
    assert lock_folder(tmp_path, "file://.", "p", "s") == expected
    assert str(lock_folder(tmp_path, "file://~", "p", "s")).startswith(f"{Path.home()}/.pulumi/locks")
    for backend in ("https://api.pulumi.com", "s3://bucket", "gs://bucket", ""):
        assert lock_folder(tmp_path, backend, "p", "s") is None


def test_pending_operations_are_named() -> None:
    urn = "urn:pulumi:mine::project::rollout:postgres:Table::public.notes"
    deployment = {"pending_operations": [{"type": "creating", "resource": {"urn": urn}}]}
    assert pending_operations(deployment) == ["creating public.notes"]
    assert pending_operations({}) == pending_operations({"pending_operations": None}) == []


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (
            LOCKED,
            "CLI007",
            "ada@build-7, process 4711, since 2026-11-27T12:20:21Z",
        ),
        ("error: [409] Conflict: Another update is currently in progress.", "CLI007", "another run works on its state"),
        ("error: getting stack configuration: incorrect passphrase", "CLI008", "incorrect passphrase"),
        (
            "error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
            "CLI008",
            "passphrase must be set",
        ),
    ],
)
def test_what_the_cli_refuses_has_a_code(said: str, code: str, words: str) -> None:
    error = named("mine", f"\n code: 255\n stdout: \n stderr: {said}\n")
    assert error is not None
    assert error.code == code
    assert words in str(error)
    assert error.fix


def test_other_failures_keep_the_cli_s_words() -> None:
    assert named("mine", "error: update failed") is None
    assert reason("code: 255\nstderr: error: update failed\n") == "update failed"
