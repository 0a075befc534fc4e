"""What every test of a fault has: a stopwatch around the part in which the system recovers."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.commands import Project
from tests.clusters import Database
from tests.faults.reliability import FAULT, RECOVERY
from tests.provider.kinds.bench import Bench

pytest.register_assert_rewrite("tests.faults.invariants")


class Fault:
    """Measures how long the system takes to recover; the times reach `docs/reliability.md`, and xdist's controller."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self.seconds: list[float] = []

    @contextmanager
    def recovering(self) -> Iterator[None]:
        """Time what is inside, from the fault (or the command that repairs it) until all is as it should be."""
        start = time.monotonic()
        yield
        self.recovered(time.monotonic() - start)

    def recovered(self, seconds: float) -> None:
        """Take in a time that was measured elsewhere."""
        self.seconds.append(seconds)
        self._item.user_properties.append((RECOVERY, round(seconds, 3)))


@pytest.fixture
def fault(request: pytest.FixtureRequest) -> Fault:
    assert list(request.node.iter_markers(FAULT)), "which line of the matrix is this? Mark it with pytest.mark.fault"
    return Fault(request.node)


@pytest.fixture
def project(home: Path, tmp_path: Path) -> Project:
    return Project(tmp_path / "project", home)


@pytest.fixture
def bench(database: Database) -> Iterator[Bench]:
    made = Bench(database)
    yield made
    made.close()


@pytest.fixture
def bench18(database18: Database) -> Iterator[Bench]:
    made = Bench(database18)
    yield made
    made.close()
