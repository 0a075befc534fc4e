"""Every crash point of a deploy and a removal: killed before any statement, the same again ends as if undisturbed."""

import pytest

from tests.cli.commands import Ended
from tests.clusters import Database
from tests.faults.conftest import Fault
from tests.faults.crashing import Action, deploy, drift, killed_at, remove
from tests.faults.invariants import Fingerprint, Invariants, fingerprint
from tests.seeding import seed

#: The long round is dealt out to as many tests, so that all workers have something of it.
PARTS = 8
EVERY = pytest.mark.fault(
    "F1",
    how="kill -9 before each statement that a deploy of phase 1 sends, every one in turn",
    result="the same deploy again converges: equal catalog and roles, nothing left to change",
)
EVERY_REMOVAL = pytest.mark.fault(
    "F33",
    how="kill -9 before each statement that a removal sends, every one in turn",
    result="the same removal again finishes, and every row is parked",
)


class Ground:
    """A database that is brought back to its start for each crash point."""

    def __init__(self, database: Database, action: Action) -> None:
        self.database = database
        self.action = action
        self.undisturbed = self._undisturbed()

    def begin(self) -> Invariants:
        """Return to the start: an empty database, or for a removal a deployed one with rows."""
        self.database.server.reset()
        self.database.server.create_database(self.database.name)
        if self.action is remove:
            deploy(self.database.deployer)
            seed(self.database, creators=1)
        return Invariants.before(self.database)

    def survives(self, number: int, fault: Fault) -> bool:
        """Kill the action at its statement of this number and repeat it; False when it sends fewer."""
        invariants = self.begin()
        invariants.undisturbed = self.undisturbed
        if not killed_at(number, self.action, self.database.deployer):
            return False
        with fault.recovering():
            self.action(self.database.deployer)
        invariants.hold(plan=self._plan if self.action is deploy else None)
        return True

    def _plan(self) -> Ended:
        """Look what a refresh and a preview would show."""
        left = drift(self.database.deployer)
        return Ended(3 if left else 0, str(left))

    def _undisturbed(self) -> Fingerprint:
        self.begin()
        self.action(self.database.deployer)
        return fingerprint(self.database)


def walk(database: Database, action: Action, fault: Fault, numbers: range) -> int:
    """Go through the crash points until there are no more; return how many there were."""
    ground = Ground(database, action)
    count = 0
    for number in numbers:
        if not ground.survives(number, fault):
            break
        count += 1
    return count


@pytest.mark.fault(
    "F1",
    how="kill -9 before a statement that a deploy of phase 1 sends, here and there",
    result="the same deploy again converges: equal catalog and roles, nothing left to change",
)
def test_a_deploy_here_and_there(database18: Database, fault: Fault) -> None:
    assert walk(database18, deploy, fault, range(71, 5000, 211)) > 6


@pytest.mark.fault(
    "F33",
    how="kill -9 before a statement that a removal sends, here and there",
    result="the same removal again finishes, and every row is parked",
)
def test_a_removal_here_and_there(database18: Database, fault: Fault) -> None:
    assert walk(database18, remove, fault, range(53, 5000, 223)) > 4


@pytest.mark.full
@pytest.mark.parametrize("part", range(PARTS))
@EVERY
def test_a_deploy_at_every_statement(database18: Database, fault: Fault, part: int) -> None:
    assert walk(database18, deploy, fault, range(part + 1, 5000, PARTS)) > 1000 / PARTS


@pytest.mark.full
@pytest.mark.parametrize("part", range(PARTS))
@EVERY_REMOVAL
def test_a_removal_at_every_statement(database18: Database, fault: Fault, part: int) -> None:
    assert walk(database18, remove, fault, range(part + 1, 5000, PARTS)) > 600 / PARTS
