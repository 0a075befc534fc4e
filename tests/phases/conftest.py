"""Deployed pipelines for these tests."""

from collections.abc import Iterator

import pytest

from tests.clusters import Database
from tests.phases.rollouts import Stage, stage


@pytest.fixture
def first(database18: Database) -> Iterator[Stage]:
    """A pipeline in phase 1."""
    made = stage(database18, 1)
    yield made
    made.deployer.close()


@pytest.fixture
def first_everywhere(database: Database) -> Iterator[Stage]:
    """A pipeline in phase 1, on each PostgreSQL in turn."""
    made = stage(database, 1)
    yield made
    made.deployer.close()
