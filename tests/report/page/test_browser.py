"""The page in a real browser: it shows, asks nobody, says nothing in the console, and is there for everyone."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from infra.cli.report_commands import report
from infra.cli.serve_run import Kept, make_server
from infra.report.page.model import PageDocument
from tests.clusters import Database
from tests.report.page.browser import SIZES, Looked, chromium, file_address, looking, rows_of
from tests.report.page.scene import DEAD, HOSTILE, lay_out, populate

MOST_BYTES: Final = 1_000_000
#: The figure is `make bench`'s; this only notices what has gone wrong altogether.
MOST_SECONDS: Final = 10
_TABS: Final = 200
#: A4 between its margins.
_PAPER: Final = 718
_WIDTHS: Final = "[document.documentElement.scrollWidth, window.innerWidth]"
_UNFOLD: Final = "document.querySelectorAll('details').forEach(one => { one.open = true })"


def test_the_page_of_a_rollout_in_phase_3(
    database18: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(database18)
    lay_out(database18, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD", database18.deployer.password or "")
    out = tmp_path / "page.html"
    assert report(out=out) == 0
    assert report(out=tmp_path / "page.json") == 0
    text = out.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    assert (database18.deployer.password or "") not in text
    with chromium() as browser:
        for kind in SIZES:
            with looking(browser, kind, file_address(out)) as looked:
                _check_look(looked, kind, tmp_path)
                assert looked.asked == [file_address(out)]
                assert looked.said == []
        with looking(browser, "light", file_address(out)) as looked:
            _check_keyboard(looked)
            _check_structure(looked)
            _check_texts(looked)
            _check_print(looked)
        page = PageDocument.model_validate_json((tmp_path / "page.json").read_text(encoding="utf-8"))
        _check_live(browser, page)


def _check_look(looked: Looked, kind: str, folder: Path) -> None:
    assert looked.ask("performance.getEntriesByType('navigation')[0].duration") < 1000 * MOST_SECONDS
    shot = looked.page.screenshot(path=folder / f"{kind}.png", full_page=True)
    assert len(rows_of(shot)) > 100, "the page is blank"
    wide, window = looked.ask(_WIDTHS)
    assert wide <= window, "the page is wider than the window"
    channels = looked.ask("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)")
    assert (max(channels) < 80) is (kind == "dark")
    if kind != "narrow":
        looked.ask(_UNFOLD)
        assert looked.serious() == []


def _check_keyboard(looked: Looked) -> None:
    """Everything that is folded is unfolded by Tab and Enter; the first stop leads past what stands above."""
    folded = looked.ask("[...document.querySelectorAll('details')].map(one => one.id)")
    assert len(folded) == len(set(folded)) >= 3
    stops = []
    for _ in range(_TABS):
        looked.page.keyboard.press("Tab")
        stop = looked.ask("document.activeElement.id || document.activeElement.className")
        stops.append(stop)
        if stop.endswith("-s"):
            looked.page.keyboard.press("Enter")
        if looked.ask("document.activeElement === document.body"):
            break
    assert stops[0] == "skip"
    assert "scroll" in stops, "a table that is wider than the window cannot be scrolled by keys"
    assert looked.ask("[...document.querySelectorAll('details')].filter(one => !one.open).length") == 0


def _check_structure(looked: Looked) -> None:
    levels = looked.ask("[...document.querySelectorAll('h1,h2,h3,h4')].map(one => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert looked.ask("[...document.querySelectorAll('table')].every(one => one.caption && one.caption.textContent)")
    assert looked.ask("[...document.querySelectorAll('th')].every(one => one.scope)")
    drawn = "[...document.querySelectorAll('svg:not([aria-hidden])')]"
    assert looked.ask(f"{drawn}.length") == 4, "each criterion of gate 3 has its line"
    assert looked.ask(f"{drawn}.every(one => one.querySelector('title').textContent && one.querySelector('desc'))")


def _check_texts(looked: Looked) -> None:
    """Whatever people wrote is text."""
    assert looked.page.title() == "? Rollout of creative-pipeline"
    assert looked.ask("document.querySelectorAll('script, img, iframe, b, [onerror]').length") == 0
    shown = looked.ask("document.body.textContent")
    assert HOSTILE.replace("\u202e", "�") in shown
    assert f"{DEAD}" in looked.ask("[...document.querySelectorAll('h2')].map(one => one.textContent)")
    assert "/secret/place" not in shown


def _check_print(looked: Looked) -> None:
    """On paper nothing is folded, and what cannot be clicked is not there."""
    looked.ask("document.querySelectorAll('details').forEach(one => { one.open = false })")
    visible = "document.querySelector('.matrix').checkVisibility({contentVisibilityAuto: true})"
    height = "document.querySelector('.matrix').getBoundingClientRect().height"
    looked.page.emulate_media(media="print")
    looked.page.set_viewport_size({"width": _PAPER, "height": 1000})
    wide, window = looked.ask(_WIDTHS)
    assert wide <= window, "a table is wider than the paper"
    assert looked.ask(visible)
    assert looked.ask(height) > 100
    assert looked.ask("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert looked.page.pdf(format="A4").startswith(b"%PDF-")


def _check_live(browser: Browser, page: PageDocument) -> None:
    """Served, it takes a newer page over by itself: what was unfolded stays so, and its policy lets nothing else in."""
    kept = Kept(lambda: page, 1, page=page, note="")
    with _served(kept) as address, looking(browser, "light", address) as looked:
        summary = looked.page.locator("summary").last
        summary.focus()
        looked.page.keyboard.press("Enter")
        later = replace(kept, page=page.model_copy(update={"at": page.at + timedelta(days=1000)}))
        kept.page = later.page
        looked.page.get_by_text(f"{later.page.at:%Y-%m-%d}", exact=False).first.wait_for(timeout=1000 * 30)
        assert looked.ask("document.querySelectorAll('details[open]').length") == 1
        assert looked.ask("document.activeElement.tagName") == "SUMMARY"
        assert looked.serious() == []
        looked.page.get_by_role("button", name="Pause updates").press("Enter")
        assert looked.ask("document.getElementById('live').textContent") == "Updates are paused."
        assert looked.said == []
        assert set(looked.asked) == {address}


@contextmanager
def _served(kept: Kept) -> Iterator[str]:
    server = make_server(kept, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
