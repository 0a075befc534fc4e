"""One server of each version, and every way in to what is deployed there."""

from collections.abc import Iterator

import pytest

from infra.models.access import Access
from tests.attacks.doors import WAYS, Door, Site
from tests.clusters import VERSIONS, Servers
from tests.conftest import _server

EVERY_WAY = [(access, way) for access in Access for way in WAYS]


@pytest.fixture(scope="package", params=VERSIONS, ids=lambda version: f"pg{version}")
def site(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Site]:
    """Each PostgreSQL in turn."""
    made = Site(_server(servers, request.param))
    yield made
    made.close()


@pytest.fixture(params=WAYS)
def door(request: pytest.FixtureRequest, site: Site) -> Door:
    """Each way in to a pipeline where the service writes results."""
    return site.door(Access.SERVICE, request.param)


@pytest.fixture(params=EVERY_WAY, ids=lambda item: f"{item[0].value}-{item[1]}")
def any_door(request: pytest.FixtureRequest, site: Site) -> Door:
    """Each way in, under either access."""
    access, way = request.param
    return site.door(access, way)
