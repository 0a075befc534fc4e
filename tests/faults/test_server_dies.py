"""The server goes down in the middle of a deploy, by a backend that is killed or by an immediate stop: `up` goes on."""

import os
import signal
import time
from collections.abc import Iterator

import pytest
from psycopg import sql

from tests.cli.commands import Project
from tests.clusters import Database, Server
from tests.faults.conftest import Fault
from tests.faults.invariants import Invariants
from tests.faults.running import Scene
from tests.faults.tap import Tap
from tests.faults.test_killed import undisturbed
from tests.seeding import seed

#: How long the server stays away.
AWAY_SECONDS = 2.0


@pytest.fixture
def scene(project: Project, database18: Database) -> Iterator[Scene]:
    with Tap(database18.deployer) as tap, Scene(project, database18, tap) as made:
        yield made


def durable(database: Database) -> None:
    """Have every COMMIT on disk before it is acknowledged, which the servers of the tests otherwise leave for later."""
    with database.connect(user="admin") as connection:
        text = sql.SQL("ALTER DATABASE {} SET synchronous_commit = on")
        connection.execute(text.format(sql.Identifier(database.name)))


def stop_at_once(server: Server) -> None:
    """Stop the server without a word to anybody: what follows is a recovery."""
    done = server.cluster._pg_ctl("stop", "-m", "immediate")
    assert done.returncode == 0, done.stdout


@pytest.mark.full
@pytest.mark.fault(
    "F23",
    how="kill -9 of the backend that builds an index: the server ends all sessions and recovers",
    result="the same `up` connects again through 57P03, drops the invalid index, builds it anew and ends well",
)
def test_a_backend_is_killed(scene: Scene, fault: Fault) -> None:
    invariants = Invariants.before(scene.database, undisturbed=undisturbed(scene.database))
    durable(scene.database)
    with scene.old_snapshot():
        running = scene.start("up", "--yes")
        backend = scene.build()
        with fault.recovering():
            os.kill(backend, signal.SIGKILL)
            invariants.converged(running.ended())
    invariants.hold(plan=scene.plan)


@pytest.mark.full
@pytest.mark.fault(
    "F23",
    how="`pg_ctl stop -m immediate` while an index is built, and a start two seconds later",
    result="the same `up` waits for the server, goes on from what stands and ends well",
)
def test_the_server_is_stopped_at_once_and_started_again(scene: Scene, fault: Fault) -> None:
    server = scene.database.server
    invariants = Invariants.before(scene.database, undisturbed=undisturbed(scene.database))
    durable(scene.database)
    with scene.old_snapshot():
        running = scene.start("up", "--yes")
        scene.build()
        with fault.recovering():
            stop_at_once(server)
            time.sleep(AWAY_SECONDS)
            server.cluster.start()
            invariants.converged(running.ended())
    seed(scene.database, creators=1)
    invariants.hold(plan=scene.plan)
