"""Deployed pipelines for these tests."""

from collections.abc import Iterator

import pytest

from tests.clusters import Database
from tests.gates.ground import Ground, deploy_ground


@pytest.fixture
def ground(database18: Database) -> Iterator[Ground]:
    """A pipeline in phase 1, with nobody in it."""
    made = deploy_ground(database18)
    yield made
    made.close()


@pytest.fixture
def ground_everywhere(database: Database) -> Iterator[Ground]:
    """A pipeline in phase 1, on each PostgreSQL in turn."""
    made = deploy_ground(database)
    yield made
    made.close()
