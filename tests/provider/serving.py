"""The parts that the tests of the wire are made of: an engine, a served provider, and messages."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import grpc
import grpc.aio
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    provider_pb2_grpc,
    status_pb2,
)

from infra.provider.calling import Calls, Handlers
from infra.provider.engine_log import EngineLog
from infra.provider.lane import Lane
from infra.provider.values import SECRET, SIGNATURE
from infra.provider.wire import RolloutProvider
from tests.provider.toy import toy_handlers, toy_opener

SETTINGS = {"host": "h", "port": 5432, "database": "d", "user": "u", "password": "hunter2"}
LARGE_METADATA = [("grpc.max_metadata_size", 1 << 20)]


def urn(name: str = "a", kind: str = "rollout:toy:Note", stack: str = "dev") -> str:
    return f"urn:pulumi:{stack}::project::parent:x:Y${kind}::{name}"


def struct(values: dict[str, Any]) -> Struct:
    return ParseDict(values, Struct())


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE: SECRET, "value": value}


def until_logged(folder: Path, line: str) -> None:
    log, deadline = folder / "session.log", time.monotonic() + 30
    while not (log.exists() and line in log.read_text().splitlines()):
        assert time.monotonic() < deadline, f"no {line!r}"
        time.sleep(0.01)


class Engine(engine_pb2_grpc.EngineServicer):
    """Keeps the lines that a provider logs."""

    def __init__(self) -> None:
        self.lines: list[engine_pb2.LogRequest] = []
        self._server = grpc.server(ThreadPoolExecutor(1))
        engine_pb2_grpc.add_EngineServicer_to_server(self, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def Log(self, request: engine_pb2.LogRequest, context: Any) -> Empty:  # noqa: ARG002, N802 - the protocol's
        self.lines.append(request)
        return Empty()

    def stop(self) -> None:
        self._server.stop(None).wait()

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class ToyProvider:
    """A provider on an event loop in a thread of its own, and the engine's end of the wire: of toys, unless told."""

    def __init__(self, folder: Path, engine_address: str, handlers: Handlers | None = None) -> None:
        self.folder = folder
        self._handlers = handlers or (lambda: toy_handlers(folder))
        self._engine_address = engine_address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.stub: provider_pb2_grpc.ResourceProviderStub

    def __enter__(self) -> Self:
        self._thread.start()
        port = self._wait(self._start())
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=LARGE_METADATA)
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()
        self._wait(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _start(self) -> int:
        self.lane, self._log = Lane(toy_opener(self.folder)), EngineLog()
        await self._log.attach(self._engine_address)
        self._server = grpc.aio.server()
        calls = Calls(self._handlers, self.lane, self._log)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(RolloutProvider(calls), self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return int(port)

    async def _stop(self) -> None:
        await self._server.stop(None)
        await self._log.close()
        await self.lane.close(patience=0.5)

    @property
    def session_log(self) -> list[str]:
        file = self.folder / "session.log"
        return file.read_text().splitlines() if file.exists() else []

    def configure(self, **changes: Any) -> Any:
        return self.stub.Configure(provider_pb2.ConfigureRequest(args=struct({**SETTINGS, **changes})))

    def check(self, values: dict[str, Any], kind: str = "rollout:toy:Note", name: str = "a") -> Any:
        return self.stub.Check(provider_pb2.CheckRequest(urn=urn(name, kind=kind), news=struct(values)))

    def diff(self, old: dict[str, Any], new: dict[str, Any], *ignored: str) -> Any:
        request = provider_pb2.DiffRequest(
            id="a",
            urn=urn(),
            olds=struct({**old, "length": 99}),
            old_inputs=struct(old),
            news=struct(new),
            ignoreChanges=ignored,
        )
        return self.stub.Diff(request)

    def create(self, values: dict[str, Any], *, preview: bool = False, stack: str = "dev") -> Any:
        request = provider_pb2.CreateRequest(urn=urn(stack=stack), properties=struct(values), preview=preview)
        return self.stub.Create(request)

    def update(self, old: dict[str, Any], new: dict[str, Any], *ignored: str, preview: bool = False) -> Any:
        request = provider_pb2.UpdateRequest(
            id="a",
            urn=urn(),
            olds=struct(old),
            old_inputs=struct(old),
            news=struct(new),
            ignoreChanges=ignored,
            preview=preview,
        )
        return self.stub.Update(request)

    def read(self, identity: str, state: dict[str, Any] | None = None) -> Any:
        """A refresh where there is a state, an import where there is none."""
        request = provider_pb2.ReadRequest(id=identity, urn=urn())
        if state is not None:
            request.properties.CopyFrom(struct(state))
            request.inputs.CopyFrom(struct(state))
        return self.stub.Read(request)


@contextmanager
def refused(status: grpc.StatusCode, *said: str) -> Iterator[pytest.ExceptionInfo[grpc.RpcError]]:
    """Expect a call to fail with this status and all of these words, and no traceback among them."""
    with pytest.raises(grpc.RpcError) as caught:
        yield caught
    assert caught.value.code() == status, caught.value.details()
    for words in said:
        assert words in caught.value.details()
    assert "Traceback" not in caught.value.details()


def init_failure(caught: pytest.ExceptionInfo[grpc.RpcError]) -> provider_pb2.ErrorResourceInitFailed:
    """Return the detail by which the engine stores a resource that was made in part."""
    packed = dict(caught.value.trailing_metadata())["grpc-status-details-bin"]
    status = status_pb2.Status.FromString(packed)
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    return detail
