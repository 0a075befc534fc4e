"""What the engine keeps is edited by hand, or cannot be read; the password is wrong: told before any change."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.embedded.engine.journal import Journal
from infra.embedded.engine.store import Store
from tests.cli.commands import Project
from tests.cli.on_server import STACK
from tests.clusters import Database
from tests.faults.conftest import Fault
from tests.faults.invariants import Invariants, fingerprint
from tests.faults.running import Scene
from tests.faults.tap import Tap
from tests.seeding import seed

CHANGES = ("CREATE", "ALTER", "GRANT", "REVOKE", "DROP", "INSERT", "UPDATE", "DELETE", "COMMENT")
PENDING = "a run died while"


@pytest.fixture
def scene(project: Project, database18: Database) -> Iterator[Scene]:
    with Tap(database18.deployer) as tap, Scene(project, database18, tap) as made:
        yield made


def state(scene: Scene) -> Path:
    """Return the file that the state is kept in."""
    return Store(scene.project.home, "creative-pipeline", STACK).folder / "deployment.json"


def changes(scene: Scene) -> list[str]:
    """Return the statements that change something of those that were sent since the last look."""
    sent = [text.lstrip() for text in scene.tap.statements]
    scene.tap.statements.clear()
    return [text for text in sent if text.startswith(CHANGES)]


def operation(resource: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"resource": resource, "type": kind}


@pytest.mark.fault(
    "F30",
    how="pending operations edited into the state file and left in the journal",
    result="told once each, cleared by the next `up` on its own, and never told again",
)
def test_pending_operations_are_told_once_and_cleared(scene: Scene, fault: Fault) -> None:
    """One in Pulumi's own form, as an imported state has it, and one as our journal has it."""
    assert scene.up().code == 0
    seed(scene.database, creators=1)
    invariants = Invariants.before(scene.database, undisturbed=fingerprint(scene.database))
    file = state(scene)
    document = json.loads(file.read_text(encoding="utf-8"))
    tables = [one for one in document["deployment"]["resources"] if one["type"] == "rollout:postgres:Table"]
    document["deployment"]["pending_operations"] = [operation(tables[0], "updating")]
    file.write_text(json.dumps(document), encoding="utf-8")
    journal = Store(scene.project.home, "creative-pipeline", STACK)
    entry = {"do": "begin", "number": 0, "type": "creating", "resource": tables[1]}
    left = Journal(file.with_name("journal.jsonl"), journal.load().base)
    left.append(entry)
    left.close()
    changes(scene)
    with fault.recovering():
        told = scene.up()
    invariants.converged(told)
    assert changes(scene) == []
    for kind, table in (("updating", tables[0]), ("creating", tables[1])):
        assert told.said.count(f"{PENDING} {kind} {table['urn'].rpartition('::')[2]}") == 1
    assert "pending_operations" not in json.loads(file.read_text(encoding="utf-8"))["deployment"]
    invariants.hold(plan=scene.plan)
    assert PENDING not in invariants.texts[-1], "told once, and not for ever"


@pytest.mark.full
@pytest.mark.fault(
    "F36",
    how="a wrong PGPASSWORD for the deployer",
    result="DB002 names the login before any statement is sent; with the right one the same command goes on",
)
def test_a_wrong_password_is_told_before_anything_else(scene: Scene, fault: Fault) -> None:
    right = scene.project.environment["PGPASSWORD"]
    invariants = Invariants.before(scene.database)
    invariants.secrets.append("wrong-horse")
    scene.project.environment["PGPASSWORD"] = "wrong-horse"
    refused = scene.up()
    invariants.refused(refused, "DB002")
    assert "deployer" in refused.said
    assert scene.tap.statements == []
    assert not state(scene).exists()
    scene.project.environment["PGPASSWORD"] = right
    with fault.recovering():
        invariants.converged(scene.up())
    invariants.hold(plan=scene.plan)


@pytest.mark.full
@pytest.mark.fault(
    "F36",
    how="a state file that was cut off in the middle",
    result="ENG002 names the file and what to do before any statement is sent; moved away, `up` adopts what is there",
)
def test_a_state_that_cannot_be_read_is_told_before_anything_else(scene: Scene, fault: Fault) -> None:
    assert scene.up().code == 0
    seed(scene.database, creators=1)
    invariants = Invariants.before(scene.database, undisturbed=fingerprint(scene.database))
    file = state(scene)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    scene.tap.statements.clear()
    refused = scene.up()
    invariants.refused(refused, "ENG002")
    assert str(file) in refused.said
    assert scene.tap.statements == []
    file.rename(file.with_suffix(".damaged"))
    with fault.recovering():
        invariants.converged(scene.up())
    invariants.hold(plan=scene.plan)
