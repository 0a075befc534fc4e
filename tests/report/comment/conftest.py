"""Plans of real changes, made once for all workers; with `--write-snapshots` the comments are written anew."""

import fcntl
import json
import os
from pathlib import Path
from typing import Final

import pytest

from infra.database.provenance import provenance
from infra.preview.document import PlanDocument
from tests.clusters import Servers
from tests.conftest import _server
from tests.report.comment.scenes import all_plans

_FILE: Final = "plans.json"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-snapshots", action="store_true", help="write the comments anew instead of comparing them")


@pytest.fixture(scope="session")
def plans(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, PlanDocument]:
    """Every plan by its name, from a server that only the first worker needs."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (folder / f"{_FILE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / _FILE).exists():
            _make(folder / _FILE, request.getfixturevalue("servers"))
    kept = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    return {name: PlanDocument.from_json(content) for name, content in kept.items()}


def _make(file: Path, servers: Servers) -> None:
    server = _server(servers, "18")
    try:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("ROLLOUT_ACTOR", "ada@example.org")
            environment.setenv("ROLLOUT_COMMIT", "c0ffee1234")
            provenance.cache_clear()
            made = {name: plan.to_json() for name, plan in all_plans(server)}
    finally:
        server.reset()
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(made), encoding="utf-8")
    partial.rename(file)
