"""Pipelines that all of these tests share: its tests add creators of their own and change nothing else."""

import os
from collections.abc import Iterator

import pytest

from infra.models.access import Access
from tests.behaviour.pipelines import Creator, Origin, Pipeline, build
from tests.clusters import Servers
from tests.conftest import _server

#: Supabase's linter is no part of this project: without its file there is nothing to collect, and nothing to skip.
collect_ignore = [] if os.environ.get("SPLINTER_SQL") else ["test_splinter.py"]

#: Every version with every access, fresh; and each version and each access once adopted.
DEPLOYMENTS: tuple[tuple[str, Access, Origin], ...] = (
    ("18", Access.SERVICE, "fresh"),
    ("18", Access.LEGACY, "fresh"),
    ("18", Access.SERVICE, "adopted"),
    ("15", Access.SERVICE, "fresh"),
    ("15", Access.LEGACY, "adopted"),
)


@pytest.fixture(scope="package", params=DEPLOYMENTS, ids=lambda item: f"pg{item[0]}-{item[1].value}-{item[2]}")
def pipeline(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Pipeline]:
    """Each kind of deployment in turn."""
    version, access, origin = request.param
    server = _server(servers, version)
    yield build(server, access, origin)
    server.reset()


@pytest.fixture
def creator(pipeline: Pipeline) -> Creator:
    """A creator who has just signed up."""
    return pipeline.sign_up()
