"""Two deploys of one database: from two checkouts, and one that was left behind while it builds an index."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import Project
from tests.clusters import Database
from tests.faults.conftest import Fault
from tests.faults.invariants import Invariants
from tests.faults.running import Running, Scene, end, is_alive, until
from tests.faults.tap import Tap
from tests.faults.test_killed import undisturbed

#: What the second meets first is left to the engine: something to change, or the very index that is being built.
WAITING = re.compile(
    r"waiting: another deploy is under way: .*CREATE (UNIQUE )?INDEX CONCURRENTLY|is building it .*: waiting"
)
CHANGES = ("CREATE", "ALTER", "GRANT", "REVOKE", "DROP", "COMMENT")


@pytest.fixture
def scenes(home: Path, tmp_path: Path, database18: Database) -> Iterator[tuple[Scene, Scene]]:
    """Two copies of the project with states of their own, each with a tap before the one database."""
    (home / "second").mkdir()
    with (
        Tap(database18.deployer) as first,
        Tap(database18.deployer) as second,
        Scene(Project(tmp_path / "one", home), database18, first) as one,
        Scene(Project(tmp_path / "other", home / "second"), database18, second) as other,
    ):
        yield one, other


def changes(scene: Scene) -> list[str]:
    """Return what a checkout has sent that changes something."""
    return [text for text in scene.tap.statements if text.lstrip().startswith(CHANGES)]


def waits(running: Running) -> str:
    """Wait until a deploy says for whom it waits, and return what it says."""
    until(lambda: WAITING.search(running.said) or running.process.poll() is not None, 60, lambda: running.said)
    assert running.process.poll() is None, running.said
    return running.said


@pytest.mark.fault(
    "F27",
    how="`rollout up` from two checkouts, the second while the first builds an index",
    result="the second names the holder and what it is at, sends no change until it is done, and both end well",
)
def test_the_second_of_two_deploys_waits(scenes: tuple[Scene, Scene], fault: Fault) -> None:
    first, second = scenes
    invariants = Invariants.before(first.database, undisturbed=undisturbed(first.database))
    with first.old_snapshot() as let_go:
        one = first.start("up", "--yes")
        worker = first.build()
        other = second.start("up", "--yes")
        said = waits(other)
        assert f"pid {worker} " in said
        assert changes(second) == []
        let_go()
        with fault.recovering():
            invariants.converged(one.ended())
            invariants.converged(other.ended())
    # The first one's plan is what it was; the second has a state of its own, to which all was new.
    invariants.hold(plan=second.plan)


@pytest.fixture
def scene(scenes: tuple[Scene, Scene]) -> Scene:
    return scenes[0]


def left_behind(scene: Scene) -> int:
    """Kill an `up` in the middle of a build while its provider is frozen, which so survives it; return the provider."""
    running = scene.start("up", "--yes")
    scene.build()
    provider = running.provider()
    os.kill(provider, signal.SIGSTOP)
    running.kill()
    return provider


@pytest.mark.full
@pytest.mark.fault(
    "F2",
    how="kill -9 of `rollout up` while its provider builds an index and lives on, and `up` again at once",
    result="the second names the orphan, its statement and its phase, waits for its end, and converges",
)
def test_an_orphan_is_waited_for(scene: Scene, fault: Fault) -> None:
    """The orphan's own sessions keep everybody else out until it has noticed that nobody wants it any more."""
    invariants = Invariants.before(scene.database, undisturbed=undisturbed(scene.database))
    with scene.old_snapshot() as let_go:
        provider = left_behind(scene)
        scene.tap.statements.clear()
        again = scene.start("up", "--yes")
        said = waits(again)
        assert "waiting for old snapshots" in said
        assert changes(scene) == []
        let_go()
        with fault.recovering():
            os.kill(provider, signal.SIGCONT)
            invariants.converged(again.ended())
    invariants.hold(plan=scene.plan)
    assert not is_alive(provider)


@pytest.mark.full
@pytest.mark.fault(
    "F2",
    how="kill -9 of `rollout up` while its provider builds an index and lives on, and `up --take-over`",
    result="the orphan's sessions are ended before anything is sent, and the index that it left is built anew",
)
def test_an_orphan_is_taken_over(scene: Scene, fault: Fault) -> None:
    """It is frozen all the while: nothing but the take-over can have ended it."""
    invariants = Invariants.before(scene.database, undisturbed=undisturbed(scene.database))
    with scene.old_snapshot() as let_go:
        provider = left_behind(scene)
        try:
            with fault.recovering():
                again = scene.start("up", "--yes", "--take-over")
                until(lambda: "taken over: ended pid" in again.said or again.process.poll() is not None)
                let_go()
                invariants.converged(again.ended())
        finally:
            end(provider)
    assert again.said.count("taken over: ended pid") == 2
    invariants.hold(plan=scene.plan)
