"""`/metrics` and `/health` over HTTP: many may ask at once, and nobody waits for the database."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from infra.errors import RolloutError, redact
from infra.models.alarm import MetricName
from infra.monitoring.exposition import Exposition
from infra.monitoring.samples import Store

#: Seconds after which somebody who says nothing is let go.
TIMEOUT: Final = 10
#: How often the server looks whether it is to end, in seconds.
_POLL: Final = 0.1
_JSON: Final = "application/json; charset=utf-8"


class Served(ThreadingHTTPServer):
    """A server for one store."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], store: Store, stack: str) -> None:
        self.store = store
        self.stack = stack
        self.exposition = Exposition(store, stack)
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of whoever hangs up."""


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Served
    timeout = TIMEOUT
    server_version = "rollout-monitor"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer."""
        path = self.path.partition("?")[0]
        if path == "/metrics":
            body, content_type = self.server.exposition.render(self.headers.get("Accept", ""))
            self._answer(HTTPStatus.OK, body, content_type)
        elif path == "/health":
            status, document = health_document(self.server.store, self.server.stack)
            self._answer(status, json.dumps(document).encode() + b"\n", _JSON)
        else:
            self._answer(HTTPStatus.NOT_FOUND, b'{"allowed": ["/metrics", "/health"]}\n', _JSON)

    do_HEAD = do_GET  # noqa: N815 - the base's name

    def _answer(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Write no line for each request."""


def health_document(store: Store, stack: str) -> tuple[HTTPStatus, dict[str, Any]]:
    """Return the status and what `/health` says: why the database is not there, in words without a secret."""
    health = store.health
    phase = next((int(sample.value) for sample in store.fresh() if sample.metric is MetricName.PHASE), None)
    document = {
        "stack": stack,
        "database": "up" if health.up else "down",
        "since": round(store.down_for(), 1),
        "reason": redact(health.reason),
        "phase": phase,
        "failing": {name: redact(why) for name, why in health.failing.items()},
        "ages": {name: round(age, 1) for name, age in store.ages().items()},
    }
    return HTTPStatus.OK if health.up else HTTPStatus.SERVICE_UNAVAILABLE, document


@contextmanager
def serving(address: tuple[str, int], store: Store, stack: str) -> Iterator[int]:
    """Serve while what is inside goes on, and yield the port.

    Raises:
        RolloutError: MON002 where nobody can listen.
    """
    try:
        server = Served(address, store, stack)
    except OSError as error:
        problem = f"nobody can listen at {address[0]}:{address[1]} ({error.strerror or error})"
        raise RolloutError("MON002", "--listen", problem, fix="choose another address or port") from None
    thread = threading.Thread(target=server.serve_forever, args=(_POLL,), name="monitor http", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
