"""The page as one HTML file that asks the network for nothing, as Markdown, and as JSON."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from infra.report.page.drawing import HEIGHT, WIDTH, bar, sparkline
from infra.report.page.model import Level, PageDocument

_FOLDER: Final = Path(__file__).parents[1] / "templates" / "page"
#: What stands for a level beside its word.
MARKS: Final = {
    Level.GOOD: "✓",
    Level.WAITING: "…",
    Level.ATTENTION: "!",
    Level.BAD: "✕",
    Level.UNKNOWN: "?",
}
#: What Markdown or HTML in it would take for its own.
_MARKDOWN: Final = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_[]|#~!"} | {"<": "&lt;", ">": "&gt;"})
#: Of the timeline so many lines are shown unfolded.
SHOWN: Final = 8


def to_html(page: PageDocument, *, every: int | None = None, note: str = "") -> str:
    """Return the page as one file. Everything in it is inline, and its policy forbids whatever else could be asked for.

    Args:
        page: what to say.
        every: how often the page, served live, asks whether there is a newer one, in seconds; None for a file.
        note: what to say above all of it, such as that the figures are old.
    """
    style, script = (_text(name) for name in ("page.css", "live.js"))
    connect = f"; script-src {_hash(script)}; connect-src 'self'" if every else ""
    return _html().render(
        page=page,
        note=note,
        every=every,
        style=Markup(style),  # noqa: S704 - a file of our own
        script=Markup(script) if every else "",  # noqa: S704 - a file of our own
        policy=Markup(  # noqa: S704 - made of digests
            f"default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src {_hash(style)}{connect}"
        ),
    )


def to_markdown(page: PageDocument) -> str:
    """Return the page as Markdown, for a wiki or a pull request."""
    return _markdown().render(page=page)


def to_json(page: PageDocument) -> str:
    """Return the page as a JSON document."""
    return json.dumps(page.to_json(), indent=2, ensure_ascii=False) + "\n"


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


@cache
def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _html() -> Template:
    return _environment(_printable, autoescape=True).get_template("page.html.j2")


@cache
def _markdown() -> Template:
    return _environment(_escaped, autoescape=False).get_template("page.md.j2")


def _environment(finalize: Callable[[Any], Any], *, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=autoescape,  # noqa: S701 - off for Markdown alone, whose texts are escaped all the same
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        keep_trailing_newline=True,
    )
    environment.filters |= {"when": _when, "day": _day, "short": _short, "code": _code}
    environment.globals |= {
        "marks": MARKS,
        "bar": bar,
        "sparkline": sparkline,
        "box": (WIDTH, HEIGHT),
        "shown": SHOWN,
    }
    return environment


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _day(moment: datetime) -> str:
    return f"{moment:%-d %b %Y}"


def _short(commit: str) -> str:
    return commit[:10]


def _code(text: str) -> Markup:
    """Return a command as Markdown's code; what we write has no backtick, what is a stack's name has its place."""
    return Markup(f"`{_printable(text).replace('`', ' ')}`")  # noqa: S704 - Markdown's own marks


def _printable(value: Any) -> Any:
    """Return a text with nothing in it that would move letters about; whatever else is a value stays so."""
    if type(value) is not str:
        return value
    return "".join(letter if letter.isprintable() else "�" for letter in value.replace("\n", " "))


def _escaped(value: Any) -> Any:
    return _printable(value).translate(_MARKDOWN) if type(value) is str else value
