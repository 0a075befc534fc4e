"""Where a command's words go: results to stdout, notes and errors to stderr, with `--json` one document to stdout."""

import json
import os
import sys
from collections.abc import Sequence
from functools import cached_property
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from infra.errors import redact


class Output:
    """What a command says. Colours only on a terminal and without NO_COLOR."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    @cached_property
    def console(self) -> Console:
        """The terminal, file or pipe for results."""
        return make_console(sys.stdout)

    @property
    def live(self) -> bool:
        """Whether a display may redraw itself."""
        return not self.as_json and self.console.is_terminal and not self.console.is_dumb_terminal

    @property
    def may_ask(self) -> bool:
        """Whether somebody is there to answer."""
        return not self.as_json and sys.stdin.isatty() and sys.stdout.isatty()

    def line(self, text: str = "", style: str = "") -> None:
        """Write a line of the result, unless a document is wanted instead."""
        if not self.as_json:
            self.console.print(Text(redact(text), style=style), soft_wrap=True)

    def show(self, renderable: Any) -> None:
        """Write something richer than a line, such as a table."""
        if not self.as_json:
            self.console.print(renderable)

    def note(self, text: str) -> None:
        """Say something beside the result."""
        make_console(sys.stderr).print(Text(redact(text), style="dim"), soft_wrap=True)

    def error(self, text: str) -> None:
        """Say what went wrong."""
        show_error(text)

    def document(self, content: dict[str, Any]) -> None:
        """Write the one document of `--json`."""
        if self.as_json:
            print_document(content)


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines, each column as wide as the widest of its cells."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def make_console(stream: TextIO) -> Console:
    """Return a console that takes a terminal for one, and a file or pipe for none, whatever the environment says."""
    terminal = stream.isatty()
    return Console(
        file=stream,
        force_terminal=terminal,
        color_system=None if not terminal or os.environ.get("NO_COLOR") else "auto",
        highlight=False,
        markup=False,
        emoji=False,
    )


def show_error(text: str) -> None:
    """Write an error to stderr."""
    make_console(sys.stderr).print(Text(redact(text), style="red"), soft_wrap=True)


def print_document(content: dict[str, Any]) -> None:
    """Write a JSON document to stdout."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
