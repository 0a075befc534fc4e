"""The engine's own gRPC service, to which plugins send their log lines."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import grpc

from infra.embedded.engine.events import EventLog, Severity

#: By the number of `pulumirpc.LogSeverity`.
SEVERITIES: Final[tuple[Severity, ...]] = ("debug", "info", "warning", "error")


class EngineServer:
    """Serves `pulumirpc.Engine` on a free local port.

    `events` returns the log of the run that goes on. The messages are parsed late: plugins are started before the
    Pulumi SDK, which knows their form, is imported.
    """

    def __init__(self, events: Callable[[], EventLog]) -> None:
        self._events = events
        self._root = ""
        self._server = grpc.server(ThreadPoolExecutor(max_workers=4, thread_name_prefix="engine-service"))
        handlers = {
            name: grpc.unary_unary_rpc_method_handler(method)
            for name, method in {
                "Log": self._log,
                "GetRootResource": self._get_root,
                "SetRootResource": self._set_root,
                "RequirePulumiVersion": lambda _request, _context: b"",
            }.items()
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("pulumirpc.Engine", handlers),))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.stop(grace=None).wait()

    def _log(self, request: bytes, _context: Any) -> bytes:
        log_line(self._events(), _messages().LogRequest.FromString(request))
        return b""

    def _get_root(self, _request: bytes, _context: Any) -> bytes:
        serialized: bytes = _messages().GetRootResourceResponse(urn=self._root).SerializeToString()
        return serialized

    def _set_root(self, request: bytes, _context: Any) -> bytes:
        self._root = _messages().SetRootResourceRequest.FromString(request).urn
        return b""


def log_line(events: EventLog, request: Any) -> None:
    """Pass a log line on as an event, under its resource."""
    if request.severity > 0 and not request.ephemeral:
        events.message(SEVERITIES[request.severity], request.message, request.urn)


def _messages() -> Any:
    from pulumi.runtime.proto import engine_pb2  # noqa: PLC0415 - see the class

    return engine_pb2
