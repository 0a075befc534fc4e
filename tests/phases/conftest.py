"""Deployed pipelines for these tests."""

from collections.abc import Iterator

import pytest

from tests.clusters import Database
from tests.phases.rollouts import Stage, staged


@pytest.fixture
def first(database18: Database) -> Iterator[Stage]:
    """A pipeline in phase 1."""
    with staged(database18, 1) as made:
        yield made


@pytest.fixture
def first_everywhere(database: Database) -> Iterator[Stage]:
    """A pipeline in phase 1, on each PostgreSQL in turn."""
    with staged(database, 1) as made:
        yield made
