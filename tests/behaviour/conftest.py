"""The database of before beside one that was deployed."""

from collections.abc import Iterator

import pytest

from infra.models.access import Access
from tests.behaviour.pipelines import Origin, Pair, Pipeline, build
from tests.clusters import VERSIONS, Servers
from tests.conftest import _server
from tests.reference_database import build_reference
from tests.seeding import seed


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda version: f"pg{version}")
def pair(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Pair]:
    """Both databases, with creators; the one of before has Supabase's default grants and nothing of ours."""
    server = _server(servers, request.param)
    before = server.create_database("before")
    build_reference(before)
    seed(before)
    origin: Origin = "adopted" if request.param == "18" else "fresh"
    yield Pair(Pipeline(before, Access.LEGACY, "adopted"), build(server, Access.SERVICE, origin, "after"))
    server.reset()
