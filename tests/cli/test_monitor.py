"""`rollout monitor` as people run it: once, served until it is stopped, and its rules and dashboards as files."""

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from infra.cli.monitor_run import PASSWORD_VARIABLE, address_of, remembered, write_files
from infra.cli.output import Output
from infra.errors import RolloutError
from infra.models.alarm import Board
from infra.monitoring.prometheus import FILE
from infra.pipeline.names import MONITOR
from tests.cli.commands import COMMAND, Project
from tests.cli.on_server import STACK, document, on_server, run
from tests.clusters import Database


@contextmanager
def serving(project: Project) -> Iterator[str]:
    """Run the command on a free port, and yield its address; it ends with 0 when it is told to end."""
    command = [*COMMAND, "monitor", "--listen", "127.0.0.1:0", "--stack", STACK]
    running = subprocess.Popen(
        command,
        cwd=project.folder,
        env=project._environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with running:
        try:
            assert running.stdout is not None
            yield running.stdout.readline().partition("/metrics")[0]
            running.send_signal(signal.SIGTERM)
            _, said = running.communicate(timeout=60)
            assert (running.returncode, said.splitlines()[-1:]) == (0, ["stopped"])
        finally:
            running.kill()


def test_it_looks_once_and_serves_until_it_is_stopped(project: Project, database18: Database) -> None:
    """As the deployer that takes the role, and as the monitor's own login."""
    on_server(project, database18, monitoring={"interval": "5s"})
    once = document(project, "monitor", "--once")
    figures = {(figure["metric"], figure["label"]): figure["value"] for figure in once["figures"]}
    assert once["ok"]
    assert (figures["up", None], figures["phase", None]) == (1, 5)
    with database18.connect() as connection:
        connection.execute(f"ALTER ROLE {MONITOR} PASSWORD 'its own'".encode())
    project.environment[PASSWORD_VARIABLE] = "its own"
    # Nobody here can decrypt the deployer's password, and nobody needs to.
    project.configure(STACK, databasePassword={"secure": "v1:nothing"})
    del project.environment["PGPASSWORD"]
    with serving(project) as address:
        deadline = time.monotonic() + 60
        while httpx.get(f"{address}/health").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert httpx.get(f"{address}/health").json()["failing"] == {}
        assert f'pipeline_phase{{stack="{STACK}"}} 5.0' in httpx.get(f"{address}/metrics").text
        with database18.connect() as connection:
            asked = "SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name = 'rollout monitor'"
            assert connection.execute(asked.encode()).fetchall() == [(MONITOR,)]
    project.environment[PASSWORD_VARIABLE] = "another"
    refused = run(project, "monitor", "--once", "--json")
    assert (refused.code, refused.document["ok"]) == (1, False)
    assert "DB002" in refused.document["reason"]
    assert "another" not in refused.said


def test_rules_and_dashboards_are_written_with_the_stacks_thresholds(project: Project, tmp_path: Path) -> None:
    address = {"host": "127.0.0.1", "port": 1, "name": "x", "user": "x", "sslmode": "disable"}
    project.configure(STACK, phase=1, database=address, monitoring={"thresholds": {"api-p95-warning": 250}})
    out = tmp_path / "some" / "where"
    written = document(project, "monitor", "rules", "--out", str(out))
    assert written["files"] == [str(out / FILE)]
    rules = yaml.safe_load((out / FILE).read_text())["groups"][0]["rules"]
    assert rules[0]["expr"] == "pipeline_api_p95_milliseconds > 250"
    assert run(project, "monitor", "dashboards", "--out", str(out)).code == 0
    assert {file.name for file in out.iterdir()} == {FILE, *(f"{board}.json" for board in Board)}


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RolloutError, match=r"CLI001 --out .*below: nothing can be written there"):
        write_files({"a": "b"}, tmp_path / "file" / "below", Output(as_json=False))


@pytest.mark.parametrize("text", ["9464", ":9464", "localhost:", "localhost:x", "localhost:65536", "localhost:٣"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(RolloutError, match="CLI001 --listen"):
        address_of(text)


def test_an_address_in_brackets_is_one() -> None:
    assert address_of("[::1]:0") == ("::1", 0)


def test_a_signal_ends_it_though_what_it_raises_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that a signal raises within a finalizer, say, goes nowhere: the monitor would go on.

    What whoever started it has it ignore, as a shell does behind the scenes, it goes on ignoring.
    """
    handlers: dict[int, object] = {signal.SIGTERM: signal.SIG_DFL, signal.SIGINT: signal.SIG_IGN}

    def put(number: int, handler: object) -> object:
        former, handlers[number] = handlers[number], handler
        return former

    monkeypatch.setattr(signal, "signal", put)
    monkeypatch.setattr(signal, "getsignal", handlers.__getitem__)
    stop, before = threading.Event(), dict(handlers)
    with remembered(stop):
        assert handlers[signal.SIGINT] is signal.SIG_IGN
        handler = handlers[signal.SIGTERM]
        assert callable(handler)
        with pytest.raises(KeyboardInterrupt):
            handler(signal.SIGTERM, None)
        assert stop.is_set()
    assert handlers == before
