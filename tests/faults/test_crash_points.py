"""Every crash point of a deploy and a removal: killed before any statement, the same again ends as if undisturbed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import takewhile

import pytest

from tests.cli.commands import Ended
from tests.clusters import Database
from tests.faults.conftest import Fault
from tests.faults.crashing import Action, changes, deploy, drift, killed_at, raise_to_the_last, remove
from tests.faults.invariants import Fingerprint, Invariants, fingerprint
from tests.faults.reliability import EVERY_STATEMENT
from tests.seeding import seed

#: The long round is dealt out to as many tests, so that all workers have something of it.
PARTS = 8
EVERY = pytest.mark.fault(
    "F1",
    how="kill -9 before each statement that a deploy of phase 1 sends and that may change something, every one in turn",
    result="the same deploy again converges: equal catalog and roles, nothing left to change",
)
EVERY_REMOVAL = pytest.mark.fault(
    "F33",
    how="kill -9 before each statement that a removal sends and that may change something, every one in turn",
    result="the same removal again finishes, and every row is parked",
)


def empty(_database: Database) -> None:
    """Begin with the bootstrapped database."""


def deployed(database: Database) -> None:
    """Begin with phase 1 and rows."""
    deploy(database.deployer)
    seed(database, creators=1)


def in_the_last_phase(database: Database) -> None:
    """Begin with phase 5 and rows."""
    raise_to_the_last(database.deployer)
    seed(database, creators=1)


@pytest.fixture
def every_statement(pytestconfig: pytest.Config) -> bool:
    """Whether to kill before those statements too that only read."""
    return bool(pytestconfig.getoption(EVERY_STATEMENT))


@dataclass
class Ground:
    """A database that is brought back to its start for each crash point."""

    database: Database
    action: Action
    start: Callable[[Database], None]
    undisturbed: Fingerprint | None = None

    def begin(self) -> Invariants:
        """Return to the start."""
        self.database.server.reset()
        self.database.server.create_database(self.database.name)
        self.start(self.database)
        return Invariants.before(self.database, undisturbed=self.undisturbed)

    def survives(self, number: int, fault: Fault) -> bool:
        """Kill the action at its statement of this number and repeat it; False when it sends fewer."""
        invariants = self.begin()
        if not killed_at(number, self.action, self.database.deployer):
            return False
        with fault.recovering():
            self.action(self.database.deployer)
        invariants.hold(plan=None if self.action is remove else self._plan)
        return True

    def walk(self, fault: Fault, numbers: Iterable[int]) -> int:
        """Go through the crash points until there are no more; return how many there were."""
        self.begin()
        self.action(self.database.deployer)
        self.undisturbed = fingerprint(self.database)
        return sum(1 for _ in takewhile(lambda number: self.survives(number, fault), numbers))

    def enumerate(self, fault: Fault, part: int, *, every_statement: bool, least: int) -> None:
        """Go through this part of all crash points; of every statement there are so many at least."""
        if every_statement:
            assert self.walk(fault, range(part + 1, 5000, PARTS)) > least / PARTS
            return
        self.begin()
        numbers = changes(self.action, self.database.deployer)
        assert len(numbers) > least / 10
        assert self.walk(fault, numbers[part::PARTS]) == len(numbers[part::PARTS])

    def _plan(self) -> Ended:
        """Look what a refresh and a preview would show."""
        left = drift(self.database.deployer)
        return Ended(3 if left else 0, str(left))


@pytest.mark.fault(
    "F1",
    how="kill -9 before a statement that a deploy of phase 1 sends, here and there",
    result="the same deploy again converges: equal catalog and roles, nothing left to change",
)
def test_a_deploy_here_and_there(database18: Database, fault: Fault) -> None:
    assert Ground(database18, deploy, empty).walk(fault, range(71, 5000, 661)) > 1


@pytest.mark.fault(
    "F33",
    how="kill -9 before a statement that a removal sends, here and there",
    result="the same removal again finishes, and every row is parked",
)
def test_a_removal_here_and_there(database18: Database, fault: Fault) -> None:
    assert Ground(database18, remove, deployed).walk(fault, range(53, 5000, 691)) > 1


@pytest.mark.full
@pytest.mark.parametrize("part", range(PARTS))
@EVERY
def test_a_deploy_at_every_statement(database18: Database, fault: Fault, part: int, every_statement: bool) -> None:  # noqa: FBT001 - a fixture
    Ground(database18, deploy, empty).enumerate(fault, part, every_statement=every_statement, least=1000)


@pytest.mark.full
@pytest.mark.parametrize("part", range(PARTS))
@EVERY_REMOVAL
def test_a_removal_at_every_statement(database18: Database, fault: Fault, part: int, every_statement: bool) -> None:  # noqa: FBT001 - a fixture
    Ground(database18, remove, deployed).enumerate(fault, part, every_statement=every_statement, least=600)


@pytest.mark.full
@pytest.mark.fault(
    "F33",
    how="kill -9 before each statement with which phase 5 is brought down to phase 1 that changes something, in turn",
    result="the same again finishes, with the grants of phase 1; every row is kept",
)
def test_going_down_at_every_change(database18: Database, fault: Fault) -> None:
    """What only reads leaves nothing behind: a kill there is a kill before the next change."""
    ground = Ground(database18, deploy, in_the_last_phase)
    ground.begin()
    numbers = changes(deploy, database18.deployer)
    assert len(numbers) > 10
    assert ground.walk(fault, numbers) == len(numbers)
    with database18.connect(user="admin") as connection:
        assert connection.execute("SELECT phase FROM pipeline_private.rollout_state").fetchall() == [(1,)]
