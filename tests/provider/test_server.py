"""The plugin as a process: its start, its one line, its signals, and what it does when its parent dies."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.provider.serving import SETTINGS, refused, struct, until_logged, urn

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT / "infra" / "provider"
TOY = ROOT / "tests" / "provider" / "toy_plugin"
NOBODY = "127.0.0.1:9"


class Plugin:
    """A started plugin and the engine's end of the wire."""

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            [*command, NOBODY],
            cwd=folder,  # Pulumi starts it in the program's folder, not in its own
            env={**os.environ, "TOY_FOLDER": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def create(self, **values: Any) -> Any:
        self.stub.Configure(provider_pb2.ConfigureRequest(args=struct(SETTINGS)))
        return self.stub.Create(provider_pb2.CreateRequest(urn=urn(), properties=struct(values)))

    def end(self) -> tuple[str, str]:
        """Return the rest of stdout, and stderr."""
        out, err = self.process.communicate(timeout=10)
        return out.decode(), err.decode()


@contextmanager
def plugin(folder: Path, code: Path = TOY, command: Sequence[str] = ()) -> Iterator[Plugin]:
    started = Plugin(folder, command or (sys.executable, str(code)))
    try:
        yield started
    finally:
        started.channel.close()
        started.process.kill()
        started.process.communicate()


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_the_real_plugin_starts_in_any_folder(tmp_path: Path) -> None:
    """Started by its folder, from somewhere else, it finds the project by itself."""
    with plugin(tmp_path, REAL) as started:
        assert started.stub.GetPluginInfo(Empty()).version
        started.process.terminate()
        assert started.end() == ("", "")
        assert started.process.returncode == 0


def test_its_modules_are_not_for_the_top_level(tmp_path: Path) -> None:
    """Python puts a started folder on the path first, where our `schema` would hide anybody else's."""
    probe = f"import runpy, sys; sys.argv = [{str(REAL)!r}]; sys.path.insert(0, {str(REAL)!r});"
    probe += f"runpy.run_path({str(REAL / '__main__.py')!r}, run_name='probe')['start'];"
    probe += "import infra.provider.__main__ as m, infra.provider.server as s; s.main = lambda arguments: 0; m.start();"
    probe += f"assert {str(REAL)!r} not in sys.path and sys.path[0] == {str(ROOT)!r}, sys.path"
    subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, check=True)


def test_the_handshake_is_quick(tmp_path: Path) -> None:
    """Engines start it on every command: the best of three takes under 0.35 s of a processor, on a busy machine too."""
    times = []
    for _ in range(3):
        before = _children_seconds()
        with plugin(tmp_path, REAL) as started:
            started.stub.Handshake(provider_pb2.ProviderHandshakeRequest())
        times.append(_children_seconds() - before)
    assert min(times) < 0.35, times


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_nothing_slow_is_loaded_at_the_start() -> None:
    """Drivers, parsers and models come with the first call that needs them."""
    probe = (
        "import sys, infra.provider.server; print(*{'psycopg', 'pglast', 'pydantic', 'jinja2'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""


def test_of_the_sdk_only_the_messages_are_loaded() -> None:
    """What the SDK, AWS and asking URLs take to import is not paid by a deploy that needs none of it."""
    probe = (
        f"import runpy, sys; runpy.run_path({str(REAL / '__main__.py')!r}, run_name='probe')['take_messages_alone']();"
        "import infra.provider.server, infra.provider.kinds;"
        "print(*{'pulumi.automation', 'opentelemetry', 'httpx', 'boto3', 'botocore'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""


def test_stdout_holds_the_port_and_nothing_else(tmp_path: Path) -> None:
    """The engine reads the first line; a print in a handler goes to stderr."""
    with plugin(tmp_path) as started:
        started.create(name="a", mishap="loud")
        started.process.terminate()
        out, err = started.end()
        assert out == ""
        assert err.strip() == "loud"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """The statement is ended, its caller told, the session closed; exit 0, no traceback."""
    with plugin(tmp_path) as started, ThreadPoolExecutor(1) as pool:
        running = pool.submit(started.create, name="a", mishap="slow")
        until_logged(tmp_path, "begin")
        began = time.monotonic()
        started.process.send_signal(number)
        with refused(grpc.StatusCode.FAILED_PRECONDITION, "PRV004 the operation was cancelled"):
            running.result()
        assert started.end() == ("", "")
        assert time.monotonic() - began < 10, "a slow statement takes half a minute"
        assert started.process.returncode == 0
        assert (tmp_path / "session.log").read_text().split("\n")[1:4] == ["begin", "cancel", "close"]


_PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, *sys.argv[1:]], stdout=subprocess.PIPE)
print(child.pid, child.stdout.readline().decode().strip(), flush=True)
child.wait()
"""


def test_it_does_not_outlive_its_parent(tmp_path: Path) -> None:
    """Killed with -9, the engine can cancel nothing: the statement is ended all the same, and the process is gone."""
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(TOY), NOBODY],
        env={**os.environ, "TOY_FOLDER": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    pid, port = (int(word) for word in parent.stdout.readline().split())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel, ThreadPoolExecutor(1) as pool:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        stub.Configure(provider_pb2.ConfigureRequest(args=struct(SETTINGS)))
        values = struct({"name": "a", "mishap": "slow"})
        running = pool.submit(stub.Create, provider_pb2.CreateRequest(urn=urn(), properties=values))
        until_logged(tmp_path, "begin")
        parent.kill()
        parent.communicate()
        began = time.monotonic()
        while not _gone(pid) and time.monotonic() - began < 15:
            time.sleep(0.02)
        took = time.monotonic() - began
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        assert took < 10
        assert isinstance(running.exception(), grpc.RpcError)
    assert (tmp_path / "session.log").read_text().splitlines()[1:] == ["begin", "cancel"]


def test_pulumi_starts_it_without_a_language_host(tmp_path: Path) -> None:
    """The executable has the name that Pulumi's CLI looks for, and becomes the plugin: no shell stays in between."""
    with plugin(tmp_path, command=[str(REAL / "pulumi-resource-rollout")]) as started:
        assert started.stub.GetPluginInfo(Empty()).version
        assert Path(f"/proc/{started.process.pid}/exe").samefile(ROOT / "venv" / "bin" / "python")
        started.process.terminate()
        assert started.end() == ("", "")
        assert started.process.returncode == 0


def test_without_the_projects_venv_it_says_what_to_do(tmp_path: Path) -> None:
    lone = tmp_path / "infra" / "provider" / "pulumi-resource-rollout"
    lone.parent.mkdir(parents=True)
    shutil.copy(REAL / lone.name, lone)
    done = subprocess.run([str(lone), NOBODY], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ENG001 plugin rollout: there is no Python in the project's venv. Fix: run `pulumi i")


def test_the_plugin_file_states_its_interpreter() -> None:
    """Left unsaid, a lock file in any parent folder would choose another one."""
    stated = yaml.safe_load((REAL / "PulumiPlugin.yaml").read_text())
    assert stated == {"runtime": {"name": "python", "options": {"toolchain": "pip", "virtualenv": "../../venv"}}}
    assert (REAL / stated["runtime"]["options"]["virtualenv"]).resolve() == ROOT / "venv"
