"""A real browser: Debian's Chromium, without a window, and what it tells of a page."""

import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

SIZES: Final = {"light": (1280, 900), "dark": (1280, 900), "narrow": (360, 740)}
_PNG_HEAD: Final = 8


@dataclass
class Looked:
    """A page in the browser, with everything that it said and asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def serious(self) -> list[str]:
        """What axe-core finds to be serious or critical, everything unfolded."""
        found = Axe().run(self.page).response
        assert found["passes"], "axe has looked at nothing"
        return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"] if one["impact"] in SERIOUS]

    def ask(self, script: str) -> Any:
        """Return what a script of ours comes to; it is run beside the page, whose policy does not hold for it."""
        return self.page.evaluate(script)


SERIOUS: Final = {"serious", "critical"}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield Debian's Chromium."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed; with CI set it must be (`make deps`)")
        pytest.skip("Chromium is not installed (`make deps`)")
    # Its sandbox is not for root.
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def looking(browser: Browser, kind: str, address: str) -> Iterator[Looked]:
    """Yield the page at the address, in one of the kinds of `SIZES`."""
    width, height = SIZES[kind]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if kind == "dark" else "light"
    )
    try:
        looked = Looked(context.new_page())
        looked.page.on("console", lambda message: looked.said.append(message.text))
        looked.page.on("pageerror", lambda error: looked.said.append(str(error)))
        looked.page.on("request", lambda request: looked.asked.append(request.url))
        looked.page.goto(address)
        yield looked
    finally:
        context.close()


def rows_of(image: bytes) -> set[bytes]:
    """Return the different rows of a PNG: a blank one has hardly any."""
    data, place, width = b"", _PNG_HEAD, 0
    while place < len(image):
        size, kind = int.from_bytes(image[place : place + 4]), image[place + 4 : place + 8]
        body = image[place + 8 : place + 8 + size]
        width = int.from_bytes(body[:4]) if kind == b"IHDR" else width
        data += body if kind == b"IDAT" else b""
        place += size + 12
    pixels = zlib.decompress(data)
    # A byte for the filter, then three or four for each pixel.
    length = next(1 + width * depth for depth in (3, 4) if len(pixels) % (1 + width * depth) == 0)
    return {pixels[start : start + length] for start in range(0, len(pixels), length)}


def file_address(path: Path) -> str:
    """Return the address of a file."""
    return path.resolve().as_uri()
