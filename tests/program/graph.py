"""Runs `__main__.py` against a monitor that writes down what is registered, and answers questions about it."""

import asyncio
import contextvars
import os
import runpy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from google.protobuf import empty_pb2, json_format
from pulumi.runtime import settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import engine_pb2, resource_pb2
from pulumi.runtime.stack import run_in_stack

ROOT: Final = Path(__file__).resolve().parents[2]
PROJECT: Final = "creative-pipeline"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
DATABASE: Final = '{"host": "db.example.org", "name": "app", "user": "deployer"}'
CONFIG: Final = {"phase": "1", "database": DATABASE, "databasePassword": "correct horse"}


@dataclass(frozen=True)
class Registration:
    """One resource as the program registered it."""

    urn: str
    type: str
    name: str
    custom: bool
    inputs: dict[str, Any] = field(repr=False)
    dependencies: frozenset[str] = field(repr=False)
    request: Any = field(repr=False)

    @property
    def key(self) -> str:
        """Kind and name, such as ``Table public.creator_profiles``."""
        return f"{self.type.rpartition(':')[2]} {self.name}"


@dataclass
class Graph:
    """Everything that one run registered."""

    made: list[Registration] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)

    def resource(self, key: str) -> Registration:
        return next(item for item in self.made if item.key == key)

    def of_kind(self, kind: str) -> list[Registration]:
        return [item for item in self.made if item.type.endswith(f":{kind}")]

    def custom(self) -> list[Registration]:
        """The resources that are neither components nor providers."""
        return [item for item in self.made if item.custom and not item.type.startswith("pulumi:providers:")]

    def before(self, key: str) -> set[str]:
        """What stands before a resource is made, however many steps away."""
        by_urn = {item.urn: item for item in self.made}
        seen: set[str] = set()
        waiting = set(self.resource(key).dependencies)
        while waiting:
            urn = waiting.pop()
            if urn not in seen:
                seen.add(urn)
                waiting |= by_urn[urn].dependencies
        return {by_urn[urn].key for urn in seen}


class Recorder:
    """A resource monitor and an engine in one, which make nothing."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def GetDeploymentInfo(self, _request: Any) -> resource_pb2.DeploymentInfo:  # noqa: N802 - wire names
        features = [
            resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
            resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
        ]
        return resource_pb2.DeploymentInfo(project=PROJECT, stack="test", supportedFeatures=features)

    def SupportsFeature(self, request: Any) -> resource_pb2.SupportsFeatureResponse:  # noqa: N802
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in {"secrets", "resourceReferences"})

    def RegisterResource(self, request: Any) -> resource_pb2.RegisterResourceResponse:  # noqa: N802
        kinds = [request.type]
        if request.parent and "pulumi:pulumi:Stack" not in request.parent:
            kinds.insert(0, request.parent.split("::")[2])
        urn = f"urn:pulumi:test::{PROJECT}::{'$'.join(kinds)}::{request.name}"
        inputs = json_format.MessageToDict(request.object)
        made = Registration(
            urn, request.type, request.name, request.custom, inputs, frozenset(request.dependencies), request
        )
        self._graph.made.append(made)
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=f"id of {request.name}" if request.custom else "", object=request.object
        )

    def RegisterResourceOutputs(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        if "pulumi:pulumi:Stack" in request.urn:
            self._graph.outputs.update(json_format.MessageToDict(request.outputs))
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, _request: Any) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    def Log(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        if request.severity != engine_pb2.DEBUG:
            self._graph.log.append((engine_pb2.LogSeverity.Name(request.severity), request.message))
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, _request: Any) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()


def run_program(config: Mapping[str, str] = CONFIG, folder: Path = ROOT / "no such folder") -> Graph:
    """Run the program with these values, `databasePassword` a secret, in a project folder without a stack file."""
    return contextvars.copy_context().run(_run, dict(config), folder)


def _run(config: dict[str, str], folder: Path) -> Graph:
    graph = Graph()
    recorder = Recorder(graph)
    settings.ROOT.set(None)
    settings.configure(
        settings.Settings(
            project=PROJECT,
            stack="test",
            monitor=recorder,
            engine=recorder,
            parallel=8,
            dry_run=False,
            organization="organization",
            root_directory=str(folder),
        )
    )
    values = {key if ":" in key else f"{PROJECT}:{key}": value for key, value in config.items()}
    set_all_config(values, [f"{PROJECT}:databasePassword"])
    with _in_root(), _loop() as loop:
        loop.run_until_complete(run_in_stack(_execute))
    return graph


def _execute() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Give a loop of its own, as Pulumi's language host does, and end what a refused program left on it."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


@contextmanager
def _in_root() -> Iterator[None]:
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        yield
    finally:
        os.chdir(before)
