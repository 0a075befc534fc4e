"""Serves the page: one thread looks anew, the others answer with what was found last."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from infra.cli.failures import unexpected
from infra.cli.output import Output
from infra.cli.page_stacks import make_page, page_of, stack_names
from infra.cli.watch_clock import seconds_of
from infra.errors import RolloutError
from infra.report.page.keeping import keep
from infra.report.page.model import PageDocument
from infra.report.page.render import to_html, to_json, to_markdown

#: Looking anew measures gates and tries row security: not more often than this, in seconds.
LEAST_SECONDS: Final = 5.0
_HTML: Final = "text/html; charset=utf-8"
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass
class Kept:
    """The page as it was found last, and how to look anew; an attempt that fails leaves it and says why."""

    look: Callable[[], PageDocument]
    every: float
    page: PageDocument = field(default_factory=lambda: page_of((), datetime.now(UTC)))
    note: str = "The databases are being looked at for the first time."
    stop: threading.Event = field(default_factory=threading.Event)

    def refresh(self) -> None:
        """Look anew."""
        try:
            fresh = self.look()
        except Exception as error:  # noqa: BLE001 - whatever it is, what was found before is still worth showing
            self.note = f"The figures are of {self.page.at:%H:%M:%S} UTC: {unexpected(error)}"
            return
        self.page, self.note = keep(self.page, fresh), ""

    def run(self) -> None:
        """Look anew until it is stopped."""
        while not self.stop.is_set():
            self.refresh()
            self.stop.wait(self.every)

    def body(self, path: str) -> tuple[str, str] | None:
        """Return the type and the text of what is served there; None where nothing is."""
        if path == "/":
            return _HTML, to_html(self.page, every=max(1, round(self.every)), note=self.note)
        if path == "/report.json":
            return "application/json", to_json(self.page)
        return ("text/markdown; charset=utf-8", to_markdown(self.page)) if path == "/report.md" else None


def make_server(kept: Kept, host: str, port: int) -> ThreadingHTTPServer:
    """Return the server, bound and not yet answering.

    Raises:
        RolloutError: CLI001 where the address cannot be had.
    """

    class Handler(_Handler):
        names = _LOCAL if host in _LOCAL else frozenset()

        @property
        def kept(self) -> Kept:
            return kept

    try:
        return ThreadingHTTPServer((host, port), Handler)
    except (OSError, OverflowError) as error:
        problem = f"{host}:{port} cannot be had ({getattr(error, 'strerror', None) or error})"
        raise RolloutError("CLI001", "--port", problem, fix="choose another port; 0 takes a free one") from None


def serve_page(names: list[str], host: str, port: int, every: str, output: Output) -> int:
    """Serve until somebody ends it; return the exit code.

    Raises:
        RolloutError: CLI001 for a time or an address that cannot be had, CLI002 for a stack without a file.
    """
    seconds = seconds_of("--every", every)
    if seconds < LEAST_SECONDS:
        allowed = f"{LEAST_SECONDS:g}s and more"
        raise RolloutError("CLI001", "--every", f"'{every}' is too often", allowed=allowed, fix="write it as 1m")
    stacks = stack_names(names)
    kept = Kept(lambda: make_page(stacks), seconds)
    with make_server(kept, host, port) as server:
        threading.Thread(target=kept.run, daemon=True).start()
        output.line(f"http://{host}:{server.server_address[1]}/ shows {', '.join(stacks)}; Ctrl-C ends it")
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            output.line("stopped")
        finally:
            kept.stop.set()
    return 0


class _Handler(BaseHTTPRequestHandler):
    """Answers whoever asks, served to this machine alone by its own names: no page elsewhere has its name lead here."""

    names: frozenset[str] = _LOCAL
    server_version = "rollout"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 30

    @property
    def kept(self) -> Kept:
        """What is served."""
        raise NotImplementedError

    def do_GET(self) -> None:
        """Answer with the page, or that it is still the one that is known."""
        host = self.headers.get("Host", "").rpartition(":")[0].strip("[]") or self.headers.get("Host", "")
        if self.names and host not in self.names:
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", "ask by this machine's own name\n")
            return
        found = self.kept.body(self.path.partition("?")[0])
        if found is None:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", "there is /, /report.json and /report.md\n")
            return
        kind, text = found
        etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
        if self.headers.get("If-None-Match") == etag:
            self._answer(HTTPStatus.NOT_MODIFIED, kind, "", etag)
        else:
            self._answer(HTTPStatus.OK, kind, text, etag)

    do_HEAD = do_GET  # noqa: N815 - the base looks for this name

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Say nothing of each request."""

    def _answer(self, status: HTTPStatus, kind: str, text: str, etag: str = "") -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in (_HEADERS | ({"ETag": etag} if etag else {})).items():
            self.send_header(name, value)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status is not HTTPStatus.NOT_MODIFIED:
            self.wfile.write(body)
