"""A provider of toy kinds in this process, reached through real gRPC, and an engine that keeps what is logged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.provider.serving import Engine, ToyProvider


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine() as running:
        yield running


@pytest.fixture
def provider(engine: Engine, tmp_path: Path) -> Iterator[ToyProvider]:
    """A provider that is configured."""
    with ToyProvider(tmp_path, engine.address) as running:
        running.configure()
        yield running


@pytest.fixture
def bare(engine: Engine, tmp_path: Path) -> Iterator[ToyProvider]:
    """A provider that nobody has configured."""
    with ToyProvider(tmp_path, engine.address) as running:
        yield running
