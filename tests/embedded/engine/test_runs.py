"""What happens to a run itself: refresh, crashes, locks, cancellation, and a program that fails."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from infra.embedded.engine.events import Op
from infra.embedded.engine.journal import Journal, replay
from infra.embedded.engine.lock import StateLock
from infra.embedded.engine.pool import PluginPool
from infra.errors import RolloutError
from tests.embedded.engine.conftest import TOY, World
from tests.faults.running import children, command_line

Count = Callable[[Any], dict[str, int]]

#: Runs `up` in another process, which a test may kill.
RUNNER = """
import sys
from pathlib import Path
from infra.embedded.engine.engine import Engine
folder, home, objects = map(Path, sys.argv[1:])
result = Engine(folder, "dev", home, extra_config={"folder": str(objects)}).up()
print(result.errors)
sys.exit(0 if result.ok else 1)
"""


def start(world: World) -> subprocess.Popen[str]:
    """Start an `up` elsewhere, and wait until the toy is at work on its object."""
    command = [sys.executable, "-c", RUNNER, str(world.folder), str(world.home), str(world.objects)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    await_work(world)
    assert process.poll() is None
    return process


def await_work(world: World) -> None:
    """Wait until the toy is at work on its slow object."""
    deadline = time.monotonic() + 60
    while not (world.objects / "waiting").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_refresh_sees_drift_and_the_next_up_repairs_it(world: World, count: Count) -> None:
    world.up('Thing("a", with_toy, size=1)')
    identity = world.things()["a"].id
    (world.objects / f"{identity}.json").write_text('{"size": 5}')
    result = world.engine().refresh()
    assert result.changes == {Op.UPDATE: 1}
    drift = next(event for event in result.events if event.op is Op.UPDATE).differences[0]
    assert (drift.path, drift.before, drift.after) == ("size", 1, 5)
    assert count(world.up()) == {"update": 1}
    assert world.stored()[identity] == {"size": 1}


def test_refresh_forgets_an_object_that_is_gone(world: World, count: Count) -> None:
    world.up('a = Thing("a", with_toy, size=1)\nThing("b", with_toy, of=a.made)')
    (world.objects / f"{world.things()['a'].id}.json").unlink()
    result = world.engine().refresh()
    assert result.changes == {Op.DELETE: 1, Op.SAME: 1}
    assert world.things()["b"].dependencies == ()
    assert count(world.up()) == {"create": 1, "update": 1}


def test_with_refresh_always_a_run_sees_drift_by_itself(world: World, count: Count) -> None:
    world.settings(refresh=True)
    program = 'Thing("a", with_toy, size=1)\nThing("b", with_toy, size=1)\n'
    world.up(program)
    a, b = world.things()["a"].id, world.things()["b"].id
    (world.objects / f"{a}.json").write_text('{"size": 5}')
    (world.objects / f"{b}.json").unlink()
    state = (world.state_folder / "deployment.json").read_bytes()
    assert count(world.preview()) == {"update": 1, "create": 1}
    assert (world.state_folder / "deployment.json").read_bytes() == state
    assert count(world.up()) == {"update": 1, "create": 1}
    (world.objects / f"{a}.json").unlink()
    world.calls()
    result = world.up("")
    assert result.ok, result.errors
    assert world.calls("delete") == ["delete b"]


def test_without_refresh_a_run_reads_nothing(world: World) -> None:
    world.up('Thing("a", with_toy, size=1)')
    world.calls()
    world.up()
    assert world.calls("read") == []


def test_a_killed_run_leaves_a_pending_create_that_the_next_one_repeats(world: World) -> None:
    world.program('a = Thing("a", with_toy, size=1)\nThing("b", using(depends_on=[a]), id="b", slow=30)')
    process = start(world)
    process.kill()
    process.communicate(timeout=10)
    assert "a" in world.things()
    assert "b" not in world.things()
    result = world.up('a = Thing("a", with_toy, size=1)\nThing("b", using(depends_on=[a]), id="b")')
    assert result.ok, result.errors
    told = [event.text for event in result.events if event.severity == "warning"]
    assert any("died while creating b" in text for text in told)
    assert any(f"process {process.pid} on " in text for text in told)
    assert result.changes == {Op.SAME: 3, Op.CREATE: 1}


def test_two_runs_exclude_each_other_and_the_holder_is_named(world: World) -> None:
    world.program('Thing("a", with_toy, slow=30)')
    process = start(world)
    with pytest.raises(RolloutError, match=f"ENG002 .*process {process.pid} on "):
        world.engine().up()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert world.up("").ok


def test_the_lock_of_another_host_is_not_taken_over(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text(json.dumps({"pid": 1, "host": "elsewhere.example", "since": "then"}))
    with pytest.raises(RolloutError, match=r"process 1 on elsewhere\.example"), StateLock(lock):
        pass


def test_the_first_ctrl_c_cancels_what_runs_and_keeps_what_was_made(world: World) -> None:
    world.program("""
        a = Thing("a", with_toy)
        b = Thing("b", using(depends_on=[a]), slow=30)
        Thing("c", using(depends_on=[b]))
        """)
    process = start(world)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "TOY004 cancelled" not in output, "what the cancel ended is no failure of its own"
    assert "the run was cancelled" in output
    assert sorted(world.things()) == ["a"]


def test_a_cancelled_run_of_a_thread_ends_too(world: World) -> None:
    world.program('Thing("a", with_toy, slow=30)')
    engine = world.engine()
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(engine.up()))
    thread.start()
    await_work(world)
    engine.cancel()
    thread.join(10)
    assert not results[0].ok


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("undefined_name", "ENG001 __main__.py:{line}: the program failed: NameError: name 'undefined_name' is not"),
        (
            'from infra.errors import RolloutError\nraise RolloutError("CFG001", "phase", "is 9", allowed="1 to 5")',
            "CFG001 phase: is 9. Allowed: 1 to 5.",
        ),
        ('raise pulumi.RunError("stop here")', "ENG001 __main__.py: stop here."),
        ("raise SystemExit(3)", "ENG001 __main__.py:{line}: the program failed: 3."),
        ("Output.from_input(1).apply(lambda _: 1 / 0)", "ENG001 __main__.py:{line}: the program failed: ZeroDivision"),
        (
            'config.require("nothing")',
            "ENG001 __main__.py: Missing required configuration variable 'trial:nothing' please",
        ),
    ],
)
def test_a_program_that_fails_is_told_in_one_line_and_deletes_nothing(world: World, body: str, text: str) -> None:
    world.up('Thing("a", with_toy)')
    result = world.up(body)
    line = (world.folder / "__main__.py").read_text().count("\n") + 1
    assert not result.ok
    assert result.errors[0].startswith(text.format(line=line))
    assert "Traceback" not in repr(result)
    assert sorted(world.things()) == ["a"]


def test_a_plugin_that_does_not_start_is_told(world: World) -> None:
    broken = world.folder / "broken"
    broken.mkdir()
    (broken / "__main__.py").write_text("raise SystemExit('no luck')")
    text = (world.folder / "Pulumi.yaml").read_text()
    (world.folder / "Pulumi.yaml").write_text(text.replace(text.split("path: ")[1].split("}")[0], str(broken)))
    result = world.up('Thing("a", with_toy)')
    assert "ENG001 plugin toy: it did not start (exit code 1)" in result.errors[0]
    assert any("no luck" in event.text for event in result.events)


def test_a_provider_without_a_plugin_is_named(world: World) -> None:
    result = world.up('pulumi.ProviderResource("other", "other", {})')
    assert (
        "ENG001 provider other: the embedded engine has no plugin for it. Allowed: postgresql, toy." in result.errors[0]
    )


def test_the_state_can_be_exported_and_imported(world: World, count: Count) -> None:
    (world.folder / "Pulumi.dev.yaml").write_text("encryptionsalt: v1:abc=:v1:def:ghi=\n")
    world.up('Thing("a", with_toy, secret=Output.secret("hunter2-hunter2"))')
    exported = json.loads(json.dumps(world.engine().export()))
    assert exported["version"] == 3
    assert exported["deployment"]["secrets_providers"] == {
        "type": "passphrase",
        "state": {"salt": "v1:abc=:v1:def:ghi="},
    }
    (world.state_folder / "deployment.json").unlink()
    world.engine().import_state(exported)
    assert count(world.up()) == {}
    with pytest.raises(RolloutError, match=r"ENG002"):
        world.engine().import_state({"version": 3})


def test_a_journal_whose_last_line_was_cut_is_replayed_up_to_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, "base")
    for number in range(3):
        journal.append({"do": "drop", "key": number})
    journal.close()
    whole = path.read_bytes()
    for cut in range(1, len(whole.split(b"\n")[-2]) + 1):
        path.write_bytes(whole[:-cut])
        assert [entry["key"] for entry in replay(path, "base")] == [0, 1]


def test_a_journal_that_is_damaged_within_or_extends_another_state_is_not_replayed(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, "base")
    journal.append({"do": "drop", "key": 1}, {"do": "drop", "key": 2})
    journal.close()
    assert list(replay(path, "other")) == []
    path.write_bytes(path.read_bytes().replace(b'"key":1', b'"key":7'))
    with pytest.raises(RolloutError, match=r"ENG002 .*line 2"):
        list(replay(path, "base"))


def test_a_damaged_state_is_told(world: World) -> None:
    world.up("")
    (world.state_folder / "deployment.json").write_text('{"version": 3, "deployment": [')
    with pytest.raises(RolloutError, match=r"ENG002 .*cannot be read"):
        world.engine().up()


def test_config_is_read_from_project_and_stack_and_extra_values(world: World) -> None:
    world.settings(
        config=dedent("""\
            config:
              phase: {type: integer, default: 1}
              flags: {type: object, default: {a: true}}
              folder: {type: string}
              region: eu
              databasePassword: {type: string, secret: true}
            """)
    )
    (world.folder / "Pulumi.dev.yaml").write_text("config:\n  trial:phase: 2\n  other:x: y\n")
    body = """
        pulumi.export("all", [config.require_int("phase"), config.require_object("flags"), config.require("region"),
                              pulumi.Config("other").require("x")])
        pulumi.export("password", config.require_secret("databasePassword"))
        """
    result = world.up(body, extra_secrets={"databasePassword": "pw"})
    assert result.ok, result.errors
    assert result.outputs["all"] == [2, {"a": True}, "eu", "y"]
    with pytest.raises(RolloutError, match=r"CFG004 .*databasePassword"):
        world.engine()
    (world.folder / "Pulumi.dev.yaml").write_text("config:\n  trial:databasePassword: plain\n")
    with pytest.raises(RolloutError, match=r"SEC001 .*databasePassword"):
        world.engine()
    (world.folder / "Pulumi.dev.yaml").write_text("config:\n  trial:databasePassword: {secure: v1:x:y}\n")
    with pytest.raises(RolloutError, match=r"ENG001 .*encrypted"):
        world.engine()


def test_many_runs_in_one_process_leave_nothing_behind(world: World) -> None:
    world.up('Thing("a", with_toy, size=1)')
    cwd, path, threads = Path.cwd(), list(sys.path), threading.active_count()
    for _ in range(3):
        assert world.up().ok
    assert (Path.cwd(), sys.path) == (cwd, path)
    assert threading.active_count() <= threads + 1


def test_a_preview_says_whether_an_up_would_find_more_to_do(world: World) -> None:
    """Neither while an object is missing, nor while the state is behind, nor after a run that has died."""
    world.settings(refresh=True)
    assert not world.preview('Thing("a", with_toy, size=1)').settled
    world.up()
    assert world.preview().settled
    identity = world.things()["a"].id
    (world.objects / f"{identity}.json").write_text('{"size": 5}')
    assert not world.preview().settled
    world.up()
    assert world.preview().settled
    assert not world.preview('Thing("a", with_toy, size=1)\npulumi.export("more", 1)').settled


def test_what_served_a_preview_serves_the_run_after_it(world: World) -> None:
    """A process that has changed something, or was told to cancel, holds what the next run must not have: it ends."""
    world.program('Thing("a", with_toy, size=1)')
    pool = PluginPool(world.engine().project)
    try:
        (first,) = _toys()
        assert world.engine(pool=pool).preview().ok
        assert _toys() == [first]
        assert world.engine(pool=pool).up().ok
        assert _toys() == []
        assert world.engine(pool=pool).preview().settled
        assert len(_toys()) == 1
    finally:
        pool.close()
    assert _toys() == []


def _toys() -> list[int]:
    return [pid for pid in children(os.getpid()) if str(TOY) in command_line(pid)]
