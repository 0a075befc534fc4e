"""Fixtures for every test: real servers, fresh databases, a home of its own for the embedded parts."""

import gc
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.database.provenance import provenance
from infra.embedded.pg_account import server_account
from infra.embedded.postgres import HOME_VARIABLE, folder_of, stop
from tests.clusters import DEBIAN_15, VERSIONS, Database, Server, Servers, open_folder, sweep

#: The marks and the table of the fault suite.
pytest_plugins = ("tests.faults.reliability",)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    sweep()
    started = Servers()
    yield started
    started.stop()


def _server(servers: Servers, version: str) -> Server:
    if version == "15" and not DEBIAN_15.is_dir():
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL 15 is not installed; with CI set it must be")
        pytest.skip("PostgreSQL 15 is not installed")
    return servers.get(version)


def _fresh(server: Server) -> Iterator[Database]:
    yield server.create_database()
    server.reset()


@pytest.fixture(params=VERSIONS, ids=lambda version: f"pg{version}")
def server(request: pytest.FixtureRequest, servers: Servers) -> Server:
    """Each PostgreSQL in turn. A test that changes it without `database` calls `reset` itself."""
    return _server(servers, request.param)


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """A fresh bootstrapped database, on each PostgreSQL in turn."""
    yield from _fresh(server)


@pytest.fixture
def database18(servers: Servers) -> Iterator[Database]:
    """A fresh bootstrapped database on the embedded PostgreSQL alone."""
    yield from _fresh(_server(servers, "18"))


@pytest.fixture
def database15(servers: Servers) -> Iterator[Database]:
    """A fresh bootstrapped database on PostgreSQL 15 alone."""
    yield from _fresh(_server(servers, "15"))


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home for the embedded parts, also told to child processes; its server is stopped and deleted."""
    folder = open_folder()
    monkeypatch.setenv(HOME_VARIABLE, str(folder))
    yield folder
    stop(folder)
    shutil.rmtree(folder_of(folder, server_account()), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def nobody_yet() -> Iterator[None]:
    """Who runs a process is looked up once in it: the next test may have said somebody else."""
    yield
    provenance.cache_clear()


#: What takes long on each server: on the older one in the long round alone.
SLOW_ON_EACH = (
    "tests/attacks/test_windows.py",
    "tests/behaviour/test_adoption_refusals.py",
    "tests/behaviour/test_faults.py",
    "tests/behaviour/test_faults_scans.py",
    "tests/behaviour/test_policies_fast.py",
    "tests/behaviour/test_removal.py",
    "tests/conversion/",
    "tests/database/test_waits.py",
    "tests/faults/test_connections.py",
    "tests/faults/test_frozen.py",
    "tests/ddl/test_phases.py",
    "tests/faults/test_index_builds.py",
    "tests/faults/test_refusals.py",
    "tests/faults/test_waiting.py",
    "tests/faults/test_load.py",
    "tests/program/test_drift.py",
    "tests/program/test_on_postgres.py",
    "tests/provider/kinds/test_changes.py",
    "tests/provider/kinds/test_drift.py",
    "tests/verify/test_mutation.py",
    "tests/verify/test_proof.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the second run of what takes long to the long round."""
    for item in items:
        if item.nodeid.startswith(SLOW_ON_EACH) and "pg15" in item.nodeid:
            item.add_marker(pytest.mark.full)


def pytest_configure() -> None:
    """Let Ctrl-C be heard: whoever runs the tests in the background has them, and all they start, ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays until the end: thousands of tests and all that was imported for them."""
    gc.collect()
    gc.freeze()
