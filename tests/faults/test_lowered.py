"""`rollout rollback --to` is killed on its way: the same command again finishes, and no row is touched."""

from collections.abc import Iterator

import pytest

from tests.cli.commands import Project
from tests.clusters import Database
from tests.deploying import deploy
from tests.faults.conftest import Fault
from tests.faults.invariants import Fingerprint, Invariants, differences, fingerprint
from tests.faults.running import Scene, one
from tests.faults.tap import Tap
from tests.faults.test_killed import Trigger, undisturbed
from tests.seeding import seed

PHASE = "SELECT phase FROM pipeline_private.rollout_state"
RECORDED = "SELECT count(*) FROM pipeline_private.rollout_ledger WHERE (event, subject) = ('rollback', 'phase')"
LOWER = ("rollback", "--to", "1", "--yes", "--why", "errors")


@pytest.fixture
def trigger() -> Trigger:
    return Trigger()


@pytest.fixture
def wanted(database18: Database) -> Fingerprint:
    """The catalog of phase 1."""
    return undisturbed(database18)


@pytest.fixture
def scene(project: Project, database18: Database, trigger: Trigger, wanted: Fingerprint) -> Iterator[Scene]:
    """A stack in phase 5, deployed by the handlers: the first command on it adopts everything."""
    with Tap(database18.deployer, trigger) as tap:
        deploy(database18.deployer).close()
        assert differences(fingerprint(database18), wanted), "phase 5 grants more than phase 1"
        seed(database18, creators=1)
        with Scene(project, database18, tap, phase=5) as made:
            yield made


@pytest.mark.full
@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("REVOKE",), id="narrowing"),
        pytest.param(("set_rollout(",), id="before the phase"),
        pytest.param(("set_rollout(", ""), id="after the phase"),
    ],
)
@pytest.mark.fault(
    "F33",
    how="kill -9 of `rollout rollback --to 1` and its provider while grants are narrowed, before and after the phase",
    result="the same command again finishes and is recorded once; every row is kept",
)
def test_going_back_is_killed_and_repeated(
    scene: Scene, trigger: Trigger, fault: Fault, wanted: Fingerprint, words: tuple[str, ...]
) -> None:
    invariants = Invariants.before(scene.database, undisturbed=wanted)
    running = scene.start(*LOWER)
    trigger.arm(running, *words, with_provider=True)
    killed = running.ended()
    invariants.said(killed)
    assert killed.code < 0, killed.said
    invariants.keeps_rows()
    with fault.recovering():
        repeated = scene.run(*LOWER)
    invariants.converged(repeated)
    with scene.database.connect(user="admin") as connection:
        assert one(connection, PHASE) == 1
        assert one(connection, RECORDED) == 1
    invariants.hold(plan=scene.plan)
    again = scene.run(*LOWER)
    invariants.refused(again, "CLI001")
