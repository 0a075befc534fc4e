"""A ground on each PostgreSQL in turn, and one on the newest alone."""

from collections.abc import Iterator

import pytest

from tests.clusters import Database
from tests.conversion.ground import Ground


def _ground(database: Database) -> Iterator[Ground]:
    ground = Ground(database)
    yield ground
    ground.close()


@pytest.fixture
def ground(database: Database) -> Iterator[Ground]:
    yield from _ground(database)


@pytest.fixture
def ground18(database18: Database) -> Iterator[Ground]:
    yield from _ground(database18)
