"""The faults of Pulumi's own CLI, under `rollout … --engine pulumi`, on a file backend; killed for real."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cli.commands import Ended, Project
from tests.cli.on_server import STACK
from tests.clusters import Database
from tests.faults.conftest import Fault
from tests.faults.invariants import Invariants
from tests.faults.running import Running, Scene, children, command_line, end, until
from tests.faults.tap import Tap
from tests.faults.test_drift import CHANGES, INCIDENTS, NOT_OURS, by_hand

pytestmark = [pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI"), pytest.mark.full]

ENGINE: Final = ("--stack", STACK, "--engine", "pulumi")
PASSPHRASE: Final = "a passphrase"
REMOVED: Final = "removed the lock of a run that has died"
CLEARING: Final = "clearing it with a refresh"
PATIENCE: Final = 10.0
SECONDS: Final = 600.0


class Stop:
    """Holds a deploy at a statement: what is armed is called once instead of passing the statement on."""

    def __init__(self) -> None:
        self.words = ""
        self.kill: list[int] = []
        self.orphans: list[int] = []

    def __call__(self, _number: int, text: str) -> bool:
        if not self.words or self.words not in text:
            return True
        self.words = ""
        for pid in self.kill:
            self.orphans += children(pid)
            os.kill(pid, signal.SIGKILL)
        return False


class PulumiScene(Scene):
    """A stack on a file backend of its own, under Pulumi's CLI."""

    engine = ENGINE

    @property
    def locks(self) -> Path:
        """Where the backend keeps the stack's locks."""
        return self.backend / ".pulumi" / "locks" / "organization" / "creative-pipeline" / STACK

    @property
    def backend(self) -> Path:
        return self.project.folder.parent / "backend"

    def cli(self, *arguments: str, **more: str) -> str:
        """Run Pulumi's CLI itself."""
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.project.folder,
            env=self.project._environment() | more,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def make_stack(self) -> None:
        """Make the stack, with the password of the test's database as its secret."""
        self.backend.mkdir()
        self.project.environment |= {
            "PULUMI_BACKEND_URL": f"file://{self.backend}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        }
        self.cli("stack", "init", STACK, "--no-select")
        password = self.database.deployer.password or ""
        self.cli("config", "set", "--secret", "databasePassword", password, "-s", STACK)

    def pulumi(self, running: Running) -> int:
        """Return the CLI's process, once it is the one that writes."""
        return int(until(lambda: self._writer(running)))

    def _writer(self, running: Running) -> int:
        found = [pid for pid in children(running.process.pid) if command_line(pid).startswith("pulumi ")]
        return next((pid for pid in found if " up " in command_line(pid)), 0)

    def lock(self, pid: int, host: str) -> Path:
        """Write a lock as the CLI does."""
        self.locks.mkdir(parents=True, exist_ok=True)
        file = self.locks / "0b5f2c6e.json"
        since = time.strftime("%Y-%m-%dT%H:%M:%S.123456789Z", time.gmtime())
        content = {"pid": pid, "username": "ada", "hostname": host, "timestamp": since}
        file.write_text(json.dumps(content), encoding="utf-8")
        return file

    def run(self, *arguments: str) -> Ended:
        """Run a command to its end: with Pulumi's CLI it takes longer."""
        return self.start(*arguments).ended(SECONDS)

    def state(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.cli("stack", "export", "-s", STACK))
        return content


@pytest.fixture
def stop() -> Iterator[Stop]:
    """Pulumi's own plugins outlive a CLI that is killed; they do nothing, and end with the test."""
    found = Stop()
    yield found
    for pid in found.orphans:
        end(pid)


@pytest.fixture
def scene(project: Project, database18: Database, stop: Stop) -> Iterator[PulumiScene]:
    with Tap(database18.deployer, stop) as tap, PulumiScene(project, database18, tap) as found:
        found.make_stack()
        yield found


def converges(scene: PulumiScene, fault: Fault, invariants: Invariants) -> str:
    """Run the same command again, and check everything; return what it said."""
    with fault.recovering():
        repeated = scene.up()
    invariants.converged(repeated)
    invariants.hold(plan=scene.plan)
    assert list(scene.locks.glob("*.json")) == []
    assert not scene.state()["deployment"].get("pending_operations")
    return repeated.said


@pytest.mark.fault(
    "F1",
    how="kill -9 of Pulumi's CLI and of `rollout` between two resources, on a file backend",
    result="the next `up` proves the lock's owner dead, removes that one lock, clears what was pending, and converges",
)
def test_the_cli_is_killed_between_resources(scene: PulumiScene, stop: Stop, fault: Fault) -> None:
    """The lock of another stack's run stays; nothing is warned of a second time."""
    invariants = Invariants.before(scene.database)
    running = scene.start("up", "--yes")
    stop.kill = [scene.pulumi(running), running.process.pid]
    stop.words = 'CREATE TABLE "public"."assessment_scores"'
    invariants.said(running.ended())
    assert len(list(scene.locks.glob("*.json"))) == 1
    other = scene.locks.with_name("other") / "theirs.json"
    other.parent.mkdir()
    other.write_text("{}", encoding="utf-8")
    said = converges(scene, fault, invariants)
    assert said.count(REMOVED) == 1
    assert said.count(CLEARING) == 1
    assert other.exists()
    again = scene.up().said
    assert REMOVED not in again
    assert CLEARING not in again


@pytest.mark.fault(
    "F2",
    how="kill -9 of Pulumi's CLI alone while its provider builds an index, and `up` again at once",
    result="the orphan ends with its CLI or is waited for; the lock goes, the index is built anew, never two writers",
)
def test_the_cli_is_killed_while_its_provider_builds(scene: PulumiScene, stop: Stop, fault: Fault) -> None:
    """The provider sees that its engine is gone; `rollout` says that the run failed."""
    invariants = Invariants.before(scene.database)
    with scene.old_snapshot():
        running = scene.start("up", "--yes")
        scene.build()
        pulumi = scene.pulumi(running)
        stop.orphans += children(pulumi)
        os.kill(pulumi, signal.SIGKILL)
        ended = running.ended()
    invariants.said(ended)
    assert ended.code == 1
    converges(scene, fault, invariants)


@pytest.mark.fault(
    "F31",
    how="SIGINT or SIGTERM once to `rollout up --engine pulumi`, while the provider builds an index",
    result="Pulumi is told once, the statement is cancelled, the command ends with 130 within 5 s; `up` converges",
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["sigint", "sigterm"])
def test_a_signal_during_a_long_build(scene: PulumiScene, fault: Fault, number: signal.Signals) -> None:
    invariants = Invariants.before(scene.database)
    with scene.old_snapshot():
        running = scene.start("up", "--yes")
        scene.build()
        start = time.monotonic()
        running.signal(number)
        ended = running.ended()
        seconds = time.monotonic() - start
        fault.recovered(seconds)
    assert ended.code == 130, ended.said
    assert seconds < 5 + PATIENCE
    invariants.said(ended)
    assert "CLI005 stack mine: the run was cancelled" in ended.said
    converges(scene, fault, invariants)


@pytest.mark.fault(
    "F30",
    how="pending operations are written into the state of Pulumi's CLI",
    result="the next `up` says so once, clears them with a refresh, and no later command tells of them",
)
def test_pending_operations_are_cleared(scene: PulumiScene, fault: Fault) -> None:
    invariants = Invariants.before(scene.database)
    invariants.converged(scene.up())
    file = scene.backend / ".pulumi" / "stacks" / "creative-pipeline" / f"{STACK}.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    resources = content["checkpoint"]["latest"]["resources"]
    table = next(item for item in resources if item["type"] == "rollout:postgres:Table")
    pending = {key: value for key, value in table.items() if key not in {"id", "outputs"}}
    pending["urn"] = pending["urn"].rpartition("::")[0] + "::public.never_made"
    role = next(item for item in resources if item["type"] == "rollout:postgres:Role")
    content["checkpoint"]["latest"]["pending_operations"] = [
        {"resource": pending, "type": "creating"},
        {"resource": role, "type": "updating"},
    ]
    file.write_text(json.dumps(content), encoding="utf-8")
    said = converges(scene, fault, invariants)
    assert f"creating public.never_made, updating {role['urn'].rpartition('::')[2]}" in said
    assert said.count(CLEARING) == 1
    assert CLEARING not in scene.up().said


@pytest.mark.fault(
    "F36",
    how="a wrong passphrase, and none, for Pulumi's CLI",
    result='"incorrect passphrase" (CLI008) before any connection to the database',
)
def test_a_wrong_passphrase(scene: PulumiScene, fault: Fault) -> None:
    """The CLI itself finds it out, before the program runs; with the right one the stack is as it was."""
    invariants = Invariants.before(scene.database)
    for wrong in ("another one", ""):
        scene.project.environment["PULUMI_CONFIG_PASSPHRASE"] = wrong
        refused = scene.up()
        invariants.refused(refused, "CLI008")
        assert not wrong or "CLI008 stack mine: incorrect passphrase" in refused.said
        assert scene.tap.statements == []
    scene.project.environment["PULUMI_CONFIG_PASSPHRASE"] = PASSPHRASE
    with fault.recovering():
        invariants.converged(scene.run("refresh"))


@pytest.mark.fault(
    "F1",
    how="a lock of a run that lives, and one of another machine",
    result="neither is removed: CLI007 names the owner and what to do",
)
def test_a_lock_whose_owner_may_live_stays(scene: PulumiScene, fault: Fault) -> None:
    """Once its owner has ended, the same command removes it."""
    invariants = Invariants.before(scene.database)
    sleeper = subprocess.Popen(["sleep", "600"])
    for pid, host in ((1, "elsewhere"), (sleeper.pid, socket.gethostname())):
        lock = scene.lock(pid, host)
        refused = scene.run("refresh")
        invariants.refused(refused, "CLI007")
        assert f"ada@{host}, process {pid} since" in refused.said
        assert lock.exists()
    end(sleeper.pid)
    sleeper.wait()
    with fault.recovering():
        again = scene.run("refresh")
    invariants.converged(again)
    assert again.said.count(REMOVED) == 1
    assert list(scene.locks.glob("*")) == []


@pytest.mark.fault(
    "F29",
    how="the same changes by hand, under Pulumi's CLI",
    result="`drift` and `up` say each in the same words as on the embedded engine, with the same exit codes",
)
def test_drift_is_told_and_repaired(scene: PulumiScene, fault: Fault) -> None:
    """The provider says the words while Pulumi refreshes, in a preview as well."""
    invariants = Invariants.before(scene.database)
    invariants.converged(scene.up())
    by_hand(scene.database, *(statement for statement, _ in (*NOT_OURS, *CHANGES, *INCIDENTS)))
    looked = scene.run("drift", "--json")
    assert looked.code == 5, looked.said
    assert {item["text"] for item in looked.document["drift"] if item["incident"]} == {told for _, told in INCIDENTS}
    assert {item["text"] for item in looked.document["drift"] if not item["incident"]} == {told for _, told in CHANGES}
    said = converges(scene, fault, invariants)
    for _, sentence in (*INCIDENTS, *CHANGES, *NOT_OURS):
        assert sentence in said
    assert scene.run("drift").code == 0
