"""What a gate is measured at goes down: the gate is closed, the phase stays, and once it is back `up` goes on."""

import socket
from collections.abc import Iterator

import pytest

from tests.cli.commands import Project
from tests.clusters import Database
from tests.faults.conftest import Fault
from tests.faults.invariants import Invariants, fingerprint
from tests.faults.running import Scene, one
from tests.faults.tap import Tap
from tests.gates.test_urls import serving
from tests.seeding import seed

WORDS = {"by": "ops@example.org", "why": "the platform keeps its own", "until": "2999-01-01"}
PHASE = "SELECT phase FROM pipeline_private.rollout_state"
FLAGS = "SELECT string_agg(name || enabled, ',' ORDER BY name) FROM pipeline_private.feature_flags"


@pytest.fixture
def scene(project: Project, database18: Database) -> Iterator[Scene]:
    with Tap(database18.deployer) as tap, Scene(project, database18, tap) as made:
        yield made


def point(scene: Scene, url: str) -> None:
    """Have the stack file ask for phase 2, with the latency measured at this address and the backup vouched for."""
    overrides = [{"gate": "backup-restored", **WORDS}]
    gates = {"api-latency": {"url": url, "threshold": 5000}}
    scene.project.configure("mine", phase=2, overrides=overrides, gates=gates)


def standing(scene: Scene) -> tuple[int, str]:
    """Return the phase and the flags as the database has them."""
    with scene.database.connect(user="admin") as connection:
        return one(connection, PHASE), one(connection, FLAGS)


def nobody() -> str:
    """Return an address at which nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return f"http://127.0.0.1:{closed.getsockname()[1]}/health"


@pytest.mark.full
@pytest.mark.fault(
    "F32",
    how="the URL that a gate's latency is measured at refuses connections while the stack file asks for the next phase",
    result="the gate counts as closed (GATE001), phase and flags stay; once it answers, the same `up` advances",
)
def test_a_gate_is_closed_while_its_source_is_down(scene: Scene, fault: Fault) -> None:
    invariants = Invariants.before(scene.database)
    invariants.converged(scene.up())
    seed(scene.database, creators=1)
    invariants = Invariants.before(scene.database, undisturbed=fingerprint(scene.database))
    before = standing(scene)
    point(scene, nobody())
    refused = scene.up()
    invariants.refused(refused, "GATE001")
    assert "api-latency" in refused.said
    assert standing(scene) == before
    invariants.hold()
    with serving(200) as (url, asked):
        point(scene, url)
        with fault.recovering():
            invariants.converged(scene.up())
        assert asked
    assert standing(scene)[0] == 2
    invariants.keeps_rows()
