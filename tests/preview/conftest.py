"""A deployed pipeline, and what is planned for it."""

from collections.abc import Iterator

import pytest

from tests.clusters import Servers
from tests.conftest import _server
from tests.deploying import deploy
from tests.preview.ground import Ground


@pytest.fixture(scope="module")
def deployed(servers: Servers) -> Iterator[Ground]:
    """A pipeline in phase 5, which each test leaves as it was."""
    server = _server(servers, "18")
    database = server.create_database("previewed")
    made = Ground(database, deploy(database.deployer))
    yield made
    made.deployer.close()
    server.reset()


@pytest.fixture
def ground(deployed: Ground) -> Iterator[Ground]:
    """The same pipeline, and nothing to change in it before and afterwards."""
    assert deployed.plan() == ()
    yield deployed
    deployed.deployer.up()
    assert deployed.plan() == ()
