"""HTTP servers that keep comments as GitHub and GitLab do: pages, authors, refusals, and answers that get lost."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

TOKEN: Final = "ghs_0123456789abcdefSECRET"
NUMBER: Final = 7
BOT: Final = {"login": "github-actions[bot]", "type": "Bot", "id": 41}
PERSON: Final = {"login": "ada", "type": "User", "id": 1}
_LISTED: Final = re.compile(r"/repos/o/r/issues/7/comments|/api/v4/projects/o%2Fr/merge_requests/7/notes")
_ONE: Final = re.compile(r"/repos/o/r/issues/comments/(\d+)|/api/v4/projects/o%2Fr/merge_requests/7/notes/(\d+)")


@dataclass
class Fault:
    """What goes wrong with the next request of a method: an answer, after the work was done or instead of it."""

    method: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"message": "no"}'
    done: bool = False
    times: int = 1


@dataclass
class Forge:
    """What a server keeps: the comments, who is asking, and what will go wrong."""

    address: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    us: dict[str, Any] = field(default_factory=lambda: dict(BOT))
    #: Whether the API says who is asking: to GET /user, and by GraphQL.
    says_user: bool = True
    says_viewer: bool = True
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def add(self, body: str, author: dict[str, Any]) -> dict[str, Any]:
        """Keep a comment."""
        number = len(self.comments) + 1
        made = {"id": number, "body": body, "user": author, "author": author, "html_url": f"https://forge/c/{number}"}
        self.comments.append(made)
        return made

    def bodies(self, marker: str) -> list[str]:
        """Return the comments that begin with the marker."""
        return [item["body"] for item in self.comments if item["body"].startswith(marker)]


@contextmanager
def forge() -> Iterator[Forge]:
    """Yield a running server."""
    kept = Forge()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"kept": kept}))
    kept.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    kept: Forge
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def _answer(self, method: str) -> None:
        size = int(self.headers.get("content-length") or 0)
        content = json.loads(self.rfile.read(size)) if size else {}
        self.kept.asked.append(f"{method} {self.path}")
        fault = next((item for item in self.kept.faults if item.method == method and item.times), None)
        if fault and not fault.done:
            fault.times -= 1
            self._send(fault.status, fault.body, fault.headers)
            return
        status, found, headers = self._work(method, content)
        if fault:
            fault.times -= 1
            self._send(fault.status, fault.body, fault.headers)
            return
        self._send(status, json.dumps(found), headers)

    def _work(self, method: str, content: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        place = urlsplit(self.path)
        given = self.headers.get("authorization", "").removeprefix("Bearer ") or self.headers.get("private-token", "")
        if given != TOKEN:
            return 401, {"message": f"Bad credentials {given}"}, {}
        if place.path.endswith("/user"):
            return (200, self.kept.us, {}) if self.kept.says_user else (403, {"message": "not accessible"}, {})
        if place.path == "/graphql":
            viewer = {"data": {"viewer": {"login": self.kept.us["login"]}}}
            return (200, viewer, {}) if self.kept.says_viewer else (403, {"message": "not accessible"}, {})
        if _LISTED.fullmatch(place.path):
            return (
                (201, self.kept.add(content["body"], self.kept.us), {}) if method == "POST" else self._page(place.query)
            )
        if method in {"PATCH", "PUT"} and (found := _ONE.fullmatch(place.path)):
            one = next(item for item in self.kept.comments if item["id"] == int(found[1] or found[2]))
            one["body"] = content["body"]
            return 200, one, {}
        return 404, {"message": "Not Found"}, {}

    def _page(self, query: str) -> tuple[int, Any, dict[str, str]]:
        asked = {name: int(values[0]) for name, values in parse_qs(query).items() if values[0].isdecimal()}
        first = (asked["page"] - 1) * asked["per_page"]
        more = first + asked["per_page"] < len(self.kept.comments)
        # Somewhere else: whoever followed it blindly would carry the token there.
        link = {"link": '<http://127.0.0.1:1/elsewhere>; rel="next"'} if more else {}
        return 200, self.kept.comments[first : first + asked["per_page"]], link

    def _send(self, status: int, body: str, headers: dict[str, str]) -> None:
        data = body.encode()
        self.send_response(status)
        for name, value in ({"content-type": "application/json", "content-length": str(len(data))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
