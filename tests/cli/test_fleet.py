"""`rollout fleet` on real databases of one server: a bad one stops its wave and no other, and the rest is resumed."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest
import yaml

from tests.cli import commands
from tests.cli.commands import Ended, Project
from tests.cli.on_server import on_server
from tests.cluster_state import connect
from tests.clusters import Database, Server, Servers
from tests.conftest import _server
from tests.faults.running import until

ENGINE = ("--engine", "embedded", "--yes")


class Fleet:
    """A project with a stack for each of some databases, the bad one's being not there yet."""

    def __init__(self, project: Project, server: Server, number: int, *, bad: int, **wishes: object) -> None:
        self.project, self.server = project, server
        self.names = [f"t{place:03}" for place in range(number)]
        self.bad = self.names[bad]
        for name in self.names:
            database = Database(server, name) if name == self.bad else server.create_database(name)
            self._configure(database, name)
        content = {"stacks": ["t0*"], "canary": self.names[:1], **wishes}
        (project.folder / "fleet.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")

    def _configure(self, database: Database, stack: str) -> None:
        on_server(self.project, database, deployed=False)
        target = database.deployer
        address = {"host": target.host, "port": target.port, "name": target.name, "user": target.user}
        self.project.configure(stack, phase=1, protect=False, database=address | {"sslmode": "disable"})

    def mend(self) -> None:
        self.server.create_database(self.bad)

    def run(self, *arguments: str) -> Ended:
        return self.project.rollout("fleet", *arguments)

    def standings(self) -> dict[str, str]:
        document = json.loads(self.run("status", "--json").out)
        return {entry["name"]: entry["standing"] for entry in document["stacks"]}


@pytest.fixture
def server(servers: Servers) -> Iterator[Server]:
    made = _server(servers, "18")
    yield made
    made.reset()


def _resumed(fleet: Fleet, *more: str) -> None:
    """The rest is deployed, and every database is in its phase."""
    again = fleet.run("up", "--resume", *ENGINE, *more)
    assert again.code == 0, again.said
    assert set(fleet.standings().values()) == {"done"}
    status = fleet.run("status", "--json")
    assert status.code == 0
    assert {entry["phase"] for entry in status.document["stacks"]} == {"1"}


def _failed(fleet: Fleet, *more: str) -> dict[str, str]:
    """Run the fleet, in which nothing but the bad one fails, and return how every stack stands."""
    first = fleet.run("up", *ENGINE, *more)
    assert first.code == 1, first.said
    assert f"{fleet.bad} failed: `rollout up` ended with 1: DB002" in first.out
    standings = fleet.standings()
    assert {name for name, standing in standings.items() if standing == "failed"} == {fleet.bad}
    return standings


@pytest.mark.full
def test_a_bad_database_stops_its_wave_and_the_rest_is_resumed(project: Project, server: Server) -> None:
    """The wave before it is done, and the one after it is not begun."""
    fleet = Fleet(project, server, 3, bad=1, waveSize=1, gate=[])
    plan = fleet.run("plan", "--json").document
    assert [wave["name"] for wave in plan["waves"]] == ["canary", "wave 1", "wave 2"]
    matrix = json.loads(fleet.run("plan", "--matrix").out)
    assert matrix["include"][1] == {"wave": 1, "name": "wave 1", "stack": "t001"}
    assert _failed(fleet) == {"t000": "done", "t001": "failed", "t002": "pending"}
    fleet.mend()
    _resumed(fleet)


@pytest.mark.full
def test_a_hundred_databases(project: Project, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """One bad database stops its own wave, of which nothing more is begun, and no other of the ten; run by Dask."""
    monkeypatch.setattr(commands, "SECONDS", 3600)
    fleet = Fleet(project, server, 100, bad=34, waveSize=11, concurrency=2)
    standings = _failed(fleet, "--by", "dask", "--keep-going")
    stopped = set(fleet.names[34:45])
    assert {name for name, standing in standings.items() if standing != "done"} <= stopped
    assert [standings[name] for name in fleet.names[36:45]] == ["pending"] * 9
    fleet.mend()
    _resumed(fleet, "--by", "dask")


@pytest.mark.full
def test_a_run_that_is_interrupted_leaves_nobody_at_work_and_is_resumed(project: Project, server: Server) -> None:
    """Ctrl-C reaches everybody at the terminal, the stacks' own processes too."""
    fleet = Fleet(project, server, 2, bad=1, waveSize=1, gate=[])
    fleet.mend()
    journal = project.home / "fleet" / "fleet.json"
    command = [*commands.COMMAND, "fleet", "up", *ENGINE]
    environment = os.environ | {"ROLLOUT_HOME": str(project.home)} | project.environment
    with subprocess.Popen(
        command, cwd=project.folder, env=environment, stderr=subprocess.PIPE, start_new_session=True
    ) as run:
        try:
            until(lambda: journal.exists() and '"running"' in journal.read_text(encoding="utf-8"))
            # The stack's own process is at work in the database by then.
            until(lambda: bool(_sessions(server, "t000")))
            os.killpg(run.pid, signal.SIGINT)
            run.communicate(timeout=commands.SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
    assert run.returncode != 0
    until(lambda: not _sessions(server, "t000"))
    assert fleet.standings()["t001"] == "pending"
    _resumed(fleet)


def _sessions(server: Server, name: str) -> int:
    """How many sessions a database has."""
    with connect(server.admin) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        found = connection.execute(query, [name]).fetchone()
    return int(found[0]) if found else 0


def test_before_a_run_there_is_nothing_to_tell(project: Project) -> None:
    none = project.rollout("fleet", "plan")
    assert (none.code, none.err.split(":")[0]) == (1, "FLEET001 fleet.yaml")
    (project.folder / "fleet.yaml").write_text("stacks: [dev]", encoding="utf-8")
    never = project.rollout("fleet", "status")
    assert (never.code, never.err.split(":")[0]) == (1, "FLEET002 fleet.json")
    unasked = project.rollout("fleet", "up")
    assert (unasked.code, unasked.err.split(" ")[0]) == (2, "CLI004")
    odd = project.rollout("fleet", "up", "--yes", "--by", "magic")
    assert odd.code == 2
    assert "CLI001 --by: 'magic' runs no fleet" in odd.err
