"""Rendering of the Markdown documents: every variable must be given, and a cell of a table stays one cell."""

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

#: What Markdown takes for its own; an underscore within a word, or a `<` before a space, is itself.
_MARKS: Final = re.compile(r"[\\`*\[\]]|<(?=[\w/!?])|(?<!\w)_|_(?!\w)")
TEMPLATES: Final = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    made = Environment(  # noqa: S701 - Markdown; what was not written by us goes through `cell` or `line`
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.filters |= {"cell": cell, "line": line}
    return made


def render_document(name: str, /, **values: Any) -> str:
    """Return the template of `infra/report/templates` with the values in it."""
    return _environment().get_template(name).render(**values)


def cell(value: object) -> str:
    """Return a text as one cell of a table, with nothing in it that Markdown or HTML would take for its own."""
    return line(value).replace("|", "\\|")


def line(value: object) -> str:
    """Return a text on one line, with nothing in it that Markdown or HTML would take for its own."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in str(value)).split())
    return _MARKS.sub(r"\\\g<0>", text)
