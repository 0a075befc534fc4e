"""Lines for people, sent to the engine in order, without ever holding up or failing the work that wrote them."""

import asyncio
import os
from contextlib import suppress
from typing import Final

import grpc.aio
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from infra.provider.handler import QUIET_VARIABLE, Severity

_SEVERITIES: Final = {
    "debug": engine_pb2.DEBUG,
    "info": engine_pb2.INFO,
    "warning": engine_pb2.WARNING,
    "error": engine_pb2.ERROR,
}
#: An engine that does not take a line within this many seconds is taken for gone.
SEND_SECONDS: Final = 1.0


class EngineLog:
    """A queue of lines and the task that sends them; lines to an engine that is gone are dropped."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lines: asyncio.Queue[engine_pb2.LogRequest] = asyncio.Queue()
        self._unsent = 0
        self._quiet = QUIET_VARIABLE in os.environ
        self._channel: grpc.aio.Channel | None = None
        self._sender: asyncio.Task[None] | None = None

    async def attach(self, address: str) -> None:
        """Send to the engine at this address from now on. Called in the event loop."""
        await self._disconnect()
        if address:
            self._loop = asyncio.get_running_loop()
            self._channel = grpc.aio.insecure_channel(address)
            self._sender = asyncio.create_task(self._send_all(engine_pb2_grpc.EngineStub(self._channel)))

    def write(self, severity: Severity, text: str, urn: str) -> None:
        """Queue a line; safe from any thread."""
        if self._loop is None or self._sender is None or (self._quiet and severity == "debug"):
            return
        line = engine_pb2.LogRequest(severity=_SEVERITIES[severity], message=text, urn=urn)
        with suppress(RuntimeError):  # the loop is closed: the process is ending
            self._loop.call_soon_threadsafe(self._queue, line)

    def _queue(self, line: engine_pb2.LogRequest) -> None:
        self._unsent += 1
        self._lines.put_nowait(line)

    async def flush(self) -> None:
        """Wait until what was written has been sent, or the engine has proved to be gone."""
        await asyncio.sleep(0)
        if not self._unsent:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._lines.join(), 2 * SEND_SECONDS)

    async def _send_all(self, engine: engine_pb2_grpc.EngineStub) -> None:
        gone = False
        while True:
            line = await self._lines.get()
            try:
                if not gone:
                    await engine.Log(line, timeout=SEND_SECONDS)
            except grpc.aio.AioRpcError:
                gone = True
            finally:
                self._unsent -= 1
                self._lines.task_done()

    async def _disconnect(self) -> None:
        if self._sender is not None:
            self._sender.cancel()
            with suppress(asyncio.CancelledError):
                await self._sender
        if self._channel is not None:
            await self._channel.close()
        self._sender = self._channel = None

    async def close(self) -> None:
        """Send what is left and hang up."""
        if self._sender is not None:
            await self.flush()
        await self._disconnect()
