"""The engine and its provider are killed for real while `rollout up` works: the same command again puts all right."""

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from tests.cli.commands import Project
from tests.clusters import Database
from tests.faults.conftest import Fault
from tests.faults.crashing import deploy
from tests.faults.invariants import Fingerprint, Invariants, fingerprint
from tests.faults.running import Running, Scene, one, until
from tests.faults.tap import Tap
from tests.seeding import seed

LOCK_TAKEN_OVER = "took over the lock of a run that has died"
FOUND_AGAIN = "what it had done is found again, not done twice"
CHANGES = ("CREATE", "ALTER", "GRANT", "REVOKE", "DROP", "COMMENT", "INSERT", "UPDATE", "DELETE", "COMMIT")
#: What a busy machine may add to a time that is measured here.
PATIENCE = 10.0
#: By the server's version: it is the same for every fresh database.
_UNDISTURBED: dict[str, Fingerprint] = {}
GONE = "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = %s"


class Trigger:
    """Kills once, when statements with these words have been sent one after the other: the last is not passed on."""

    def __init__(self) -> None:
        self.changes = 0
        self._at = 0
        self._left: list[str] = []
        self._act: Callable[[], None] = lambda: None

    def __call__(self, _number: int, text: str) -> bool:
        self.changes += text.lstrip().startswith(CHANGES)
        if self._at and self.changes >= self._at:
            self._at, self._left = 0, [""]
        if not self._left or self._left[0] not in text:
            return True
        self._left.pop(0)
        if self._left:
            return True
        self._act()
        return False

    def arm(self, running: Running, *words: str, with_provider: bool = False) -> None:
        """Kill the command, with its provider or without, at the last of these words."""

        def act() -> None:
            provider = running.provider()
            running.process.kill()
            if with_provider:
                os.kill(provider, signal.SIGKILL)

        self._act, self._left = act, list(words)

    def arm_at(self, running: Running, change: int) -> None:
        """Kill the command and its provider before the statement of this number among those that change something."""
        self.changes = 0
        self.arm(running, with_provider=True)
        self._at = change


@pytest.fixture
def trigger() -> Trigger:
    return Trigger()


@pytest.fixture
def scene(project: Project, database18: Database, trigger: Trigger) -> Iterator[Scene]:
    with Tap(database18.deployer, trigger) as tap, Scene(project, database18, tap) as made:
        yield made


def undisturbed(database: Database) -> Fingerprint:
    """Return the catalog that a deploy leaves which nothing disturbs; the database is a fresh one again."""
    version = database.server.version
    if version not in _UNDISTURBED:
        deploy(database.deployer)
        _UNDISTURBED[version] = fingerprint(database)
        database.server.reset()
        database.server.create_database(database.name)
    return _UNDISTURBED[version]


def converges(scene: Scene, fault: Fault, invariants: Invariants) -> str:
    """Run the same command again, and check everything; return what it said."""
    with fault.recovering():
        repeated = scene.up()
    invariants.converged(repeated)
    invariants.hold(plan=scene.plan)
    return repeated.said


def told(said: str) -> list[str]:
    """Return the operations that a dead run had under way, as a command tells of them."""
    return [line for line in said.splitlines() if FOUND_AGAIN in line]


@pytest.mark.full
@pytest.mark.fault(
    "F1",
    how="kill -9 of `rollout up` between two resources",
    result="the next `up` takes over the dead run's lock, adopts what was made, and converges",
)
def test_the_engine_is_killed_between_resources(scene: Scene, trigger: Trigger, fault: Fault) -> None:
    """What came before is in the journal; what was under way is told of once, and never again."""
    invariants = Invariants.before(scene.database, undisturbed=undisturbed(scene.database))
    running = scene.start("up", "--yes")
    trigger.arm(running, 'CREATE TABLE "public"."assessment_scores"')
    invariants.said(running.ended())
    assert running.process.returncode == -signal.SIGKILL
    said = converges(scene, fault, invariants)
    assert said.count(LOCK_TAKEN_OVER) == 1
    assert "creating public.assessment_scores" in said
    assert len(told(said)) == len(set(told(said)))
    assert told(scene.plan().said) == []


@pytest.mark.full
@pytest.mark.fault(
    "F16",
    how="kill -9 of `rollout up` and its provider right after the COMMIT of a table, before the state is saved",
    result="the pending create is told once, and the next `up` adopts the table",
)
def test_a_crash_between_commit_and_state(scene: Scene, trigger: Trigger, fault: Fault) -> None:
    """The table is there with its row security, and the state has only that somebody was creating it."""
    invariants = Invariants.before(scene.database, undisturbed=undisturbed(scene.database))
    running = scene.start("up", "--yes")
    trigger.arm(running, 'CREATE TABLE "public"."creator_profiles"', "COMMIT", "", with_provider=True)
    invariants.said(running.ended())
    with scene.database.connect(user="admin") as connection:
        assert one(connection, "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'creator_profiles'") is True
    said = converges(scene, fault, invariants)
    assert "creating public.creator_profiles" in "".join(told(said))
    assert "+ created   Table public.creator_profiles" in said


@pytest.mark.full
@pytest.mark.fault(
    "F1",
    how="kill -9 of `rollout up` while its provider builds an index",
    result="the provider ends the statement and itself within 2 s, and the next `up` builds the index anew",
)
def test_the_engine_is_killed_during_a_resource(scene: Scene, fault: Fault) -> None:
    """The provider sees that its engine is gone: no orphan goes on building."""
    invariants = Invariants.before(scene.database, undisturbed=undisturbed(scene.database))
    with scene.old_snapshot():
        running = scene.start("up", "--yes")
        backend = scene.build()
        running.kill()
        gone_within(scene, backend, 2.0)
        invariants.said(running.ended())
    assert len(scene.invalid()) <= 1  # its last half second may have been enough to take away what it left
    converges(scene, fault, invariants)


@pytest.mark.fault(
    "F3",
    how="kill -9 of the provider while it builds an index",
    result="the backend ends within 2 s, `up` says that the plugin has ended, and the next one builds the index anew",
)
def test_the_provider_is_killed_while_it_builds(scene: Scene, fault: Fault) -> None:
    """The server itself looks whether its client is there; the index that is left is invalid, and is not kept."""
    invariants = Invariants.before(scene.database, undisturbed=undisturbed(scene.database))
    with scene.old_snapshot():
        running = scene.start("up", "--yes")
        backend = scene.build()
        os.kill(running.provider(), signal.SIGKILL)
        gone_within(scene, backend, 2.0)
        invariants.refused(running.ended(), "ENG003")
    assert running.said.count("ENG003 plugin rollout: it has ended.") == 1
    assert len(scene.invalid()) == 1
    converges(scene, fault, invariants)


def gone_within(scene: Scene, backend: int, seconds: float) -> None:
    """The backend is gone in time; a machine that does other things besides gets a little more."""
    with scene.database.connect(user="admin") as connection:
        until(lambda: one(connection, GONE, backend), seconds + PATIENCE)


@pytest.mark.parametrize(
    "number",
    [pytest.param(signal.SIGTERM, id="sigterm"), pytest.param(signal.SIGINT, id="sigint", marks=pytest.mark.full)],
)
@pytest.mark.fault(
    "F31",
    how="SIGINT or SIGTERM once, while the provider builds an index",
    result="the statement is cancelled, the command ends with 130 within 5 s, and the next `up` builds the index anew",
)
def test_a_signal_during_a_long_build(scene: Scene, fault: Fault, number: signal.Signals) -> None:
    """Both mean the same: what is under way is ended in the server, not only here."""
    invariants = Invariants.before(scene.database, undisturbed=undisturbed(scene.database))
    with scene.old_snapshot():
        running = scene.start("up", "--yes")
        backend = scene.build()
        start = time.monotonic()
        running.signal(number)
        gone_within(scene, backend, 5.0)
        ended = running.ended()
        fault.recovered(time.monotonic() - start)
    assert ended.code == 130
    assert time.monotonic() - start < 5 + PATIENCE
    invariants.said(ended)
    assert "ENG001 the run was cancelled" in ended.said
    converges(scene, fault, invariants)


@pytest.mark.full
@pytest.mark.parametrize("change", range(5, 400, 41))
@pytest.mark.fault(
    "F1",
    how="kill -9 of `rollout up` and its provider before a statement that changes something, ten places apart",
    result="the next `up` adopts what was made and what the state does not have, and converges",
)
def test_the_whole_command_is_killed_here_and_there(scene: Scene, trigger: Trigger, fault: Fault, change: int) -> None:
    """With the engine's own state, which the crash points of the provider alone do not have."""
    invariants = Invariants.before(scene.database, undisturbed=undisturbed(scene.database))
    running = scene.start("up", "--yes")
    trigger.arm_at(running, change)
    ended = running.ended()
    invariants.said(ended)
    assert ended.code == -signal.SIGKILL, f"{trigger.changes} statements"
    converges(scene, fault, invariants)


@pytest.mark.full
@pytest.mark.parametrize("change", range(3, 150, 29))
@pytest.mark.fault(
    "F33",
    how="kill -9 of `rollout destroy` and its provider before a statement that changes something, in five places",
    result="the same command again parks what is left, and every row is kept",
)
def test_the_removal_is_killed_here_and_there(scene: Scene, trigger: Trigger, fault: Fault, change: int) -> None:
    wanted = removed(scene)
    assert scene.up().code == 0
    seed(scene.database, creators=1)
    invariants = Invariants.before(scene.database, undisturbed=wanted)
    running = scene.start("destroy", "--yes")
    trigger.arm_at(running, change)
    ended = running.ended()
    invariants.said(ended)
    assert ended.code == -signal.SIGKILL, f"{trigger.changes} statements"
    invariants.keeps_rows()
    with fault.recovering():
        repeated = scene.run("destroy", "--yes")
    invariants.converged(repeated)
    invariants.hold()
    assert scene.run("destroy", "--yes").code == 0


def removed(scene: Scene) -> Fingerprint:
    """Return the catalog that a removal leaves which nothing disturbs, made once; the database is a fresh one again."""
    version, database = scene.database.server.version, scene.database
    if version not in _REMOVED:
        assert scene.up().code == 0
        assert scene.run("destroy", "--yes").code == 0
        _REMOVED[version] = fingerprint(database)
        database.server.reset()
        database.server.create_database(database.name)
    return _REMOVED[version]


_REMOVED: dict[str, Fingerprint] = {}
