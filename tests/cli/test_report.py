"""`report`, `serve` and `status --watch` as processes: what they write, how they are asked, and how they end."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from infra.cli.report_commands import report, serve
from infra.cli.stack_commands import status
from infra.errors import RolloutError
from tests.cli.commands import COMMAND, SECONDS, Project
from tests.cli.on_server import STACK, on_server
from tests.clusters import Database

#: The page of a stack that the tests' own server has.
_ASKED = ("--stack", STACK)


def test_it_is_served_and_ends_in_peace(project: Project, database18: Database) -> None:
    on_server(project, database18, phase=5)
    _check_serve(project)


@pytest.mark.full
def test_it_is_watched_until_somebody_ends_it(project: Project, database18: Database) -> None:
    on_server(project, database18, phase=5)
    _check_watch(project)
    shown = project.on_terminal(
        "status", "--watch", "--every", "1s", *_ASKED, answers=[("Ctrl-C ends it", "\x03")], **project.environment
    )
    assert shown.code == 130
    assert "Gate 5" in shown.said


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: report(form="pdf"), "Allowed: html, markdown, json."),
        (lambda: report(stack=["nosuch"]), "CLI002 stack nosuch"),
        (lambda: serve(every="1s"), "Allowed: 5s and more."),
        (lambda: serve(host="192.0.2.1"), "CLI001 --port: 192.0.2.1:8321 cannot be had"),
        (lambda: status(watch=True, every="soon"), "CLI001 --every: 'soon' is not a time"),
    ],
    ids=["format", "stack", "often", "address", "time"],
)
def test_what_cannot_be_asked_for_is_refused(
    ask: Callable[[], object], told: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    with pytest.raises(RolloutError, match=re.escape(told)):
        ask()


def test_where_it_cannot_be_written_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack file without a database is told on the page, and does not keep it from being made."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: creative-pipeline\n", encoding="utf-8")
    (tmp_path / "Pulumi.bare.yaml").write_text("config: {}\n", encoding="utf-8")
    with pytest.raises(RolloutError, match=re.escape("nowhere/page.html cannot be written")):
        report(out=Path("nowhere/page.html"))
    assert report(out=Path("page.md")) == 0
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "CFG004 database" in text
    assert "cannot be looked at" in text


def _check_serve(project: Project) -> None:
    """It answers at once, with what it knows; other names and other paths get nothing; it ends in peace."""
    with _started(project, "serve", "--port", "0", "--every", "5s", *_ASKED) as process:
        line = _line(process)
        assert line.startswith("http://127.0.0.1:"), line
        address = line.split()[0]
        with httpx.Client(base_url=address, trust_env=False) as client:
            document = _document(client)
            assert document["environments"][0]["phase"] == 5
            page = client.get("/")
            assert page.headers["x-frame-options"] == "DENY"
            again = client.get("/", headers={"If-None-Match": page.headers["etag"]})
            assert again.status_code in {200, 304}
            assert again.status_code == 304 or again.headers["etag"] != page.headers["etag"]
            assert client.get("/", headers={"Host": "evil.example:80"}).status_code == 421
            assert client.get("/Pulumi.dev.yaml").status_code == 404
            assert client.post("/").status_code == 501
            assert client.head("/report.md").headers["content-type"].startswith("text/markdown")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=SECONDS)
        assert (process.returncode, out, err) == (0, "stopped\n", "")


def _check_watch(project: Project) -> None:
    """Without a terminal it is a line each time; Ctrl-C ends it with 130."""
    with _started(project, "status", "--watch", "--every", "1s", *_ASKED) as process:
        lines = [_line(process) for _ in range(2)]
        assert all(f"  {STACK}  " in line and "phase 5" in line for line in lines)
        assert lines[0] != lines[1]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=SECONDS)
        assert (process.returncode, err) == (130, "")


def _document(client: httpx.Client) -> dict[str, list[dict[str, object]]]:
    """Return the page as data once the first look is over."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        document: dict[str, list[dict[str, object]]] = client.get("/report.json").json()
        if document["environments"]:
            return document
        time.sleep(0.1)
    raise TimeoutError("nothing was looked at")


@contextmanager
def _started(project: Project, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Yield the command at work; whatever happens, nothing of it is left."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=project.folder,
        env=os.environ | project.environment | {"ROLLOUT_HOME": str(project.home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "it has ended"
    return line
