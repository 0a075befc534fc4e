"""A bench on each PostgreSQL in turn, and one on the newest alone."""

from collections.abc import Iterator

import pytest

from tests.clusters import Database
from tests.provider.kinds.bench import Bench


def _bench(database: Database) -> Iterator[Bench]:
    bench = Bench(database)
    yield bench
    bench.close()


@pytest.fixture
def bench(database: Database) -> Iterator[Bench]:
    yield from _bench(database)


@pytest.fixture
def bench18(database18: Database) -> Iterator[Bench]:
    yield from _bench(database18)
