"""The pack as an engine starts it: a process of its own in its own environment, asked over gRPC."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from tests.program.graph import Registration

ROOT: Final = Path(__file__).resolve().parents[2]
FILES: Final = ("PulumiPolicy.yaml", "__init__.py", "__main__.py")
SECONDS: Final = 120


@dataclass(frozen=True)
class Pack:
    """A pack that answers."""

    stub: Any

    def info(self) -> Any:
        return self.stub.GetAnalyzerInfo(empty_pb2.Empty(), timeout=SECONDS)

    def configure(self, **levels: str) -> None:
        """Say how strictly policies are enforced, by their names with underscores."""
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for name, level in levels.items():
            request.policyConfig[name.replace("_", "-")].enforcementLevel = analyzer_pb2.EnforcementLevel.Value(level)
        self.stub.Configure(request, timeout=SECONDS)

    def of_each(self, resources: Iterable[Registration]) -> list[Any]:
        """What the policies for resources say of each."""
        requests = [
            analyzer_pb2.AnalyzeRequest(
                urn=item.urn,
                type=item.type,
                name=item.name,
                properties=json_format.ParseDict(item.inputs, struct_pb2.Struct()),
            )
            for item in resources
        ]
        return [said for request in requests for said in self.stub.Analyze(request, timeout=SECONDS).diagnostics]

    def of_all(self, resources: Iterable[Registration]) -> list[Any]:
        """What the policies for stacks say of all."""
        request = analyzer_pb2.AnalyzeStackRequest(
            resources=[
                analyzer_pb2.AnalyzerResource(
                    urn=item.urn,
                    type=item.type,
                    name=item.name,
                    properties=json_format.ParseDict(item.inputs, struct_pb2.Struct()),
                    provider=analyzer_pb2.AnalyzerProviderResource(urn=item.request.provider),
                )
                for item in resources
            ]
        )
        return list(self.stub.AnalyzeStack(request, timeout=SECONDS).diagnostics)


@contextmanager
def started(python: Path, folder: Path) -> Iterator[Pack]:
    """Start the pack in this folder as Pulumi's language host for Python does, and end it afterwards."""
    words = [str(python), "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(folder)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI", "PYTHONPATH"))}
    with subprocess.Popen(
        words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            assert process.stderr
            port = process.stdout.readline().strip()
            assert port.isdigit(), process.stderr.read()
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Pack(analyzer_pb2_grpc.AnalyzerStub(channel))
        finally:
            process.kill()
