"""Writes the page of the rollout: as a file or to stdout, as HTML, Markdown or JSON."""

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

from infra.cli.output import Output
from infra.cli.page_stacks import make_page, stack_names
from infra.errors import RolloutError
from infra.files import replace_file
from infra.report.page.model import PageDocument
from infra.report.page.render import to_html, to_json, to_markdown


class Format(StrEnum):
    """What the page is written as."""

    HTML = "html"
    MARKDOWN = "markdown"
    JSON = "json"


_WRITERS: Final[dict[Format, Callable[[PageDocument], str]]] = {
    Format.HTML: to_html,
    Format.MARKDOWN: to_markdown,
    Format.JSON: to_json,
}
#: There is nothing secret in it: whoever serves files may read it.
_READABLE: Final = 0o644
_SUFFIXES: Final = {".html": Format.HTML, ".htm": Format.HTML, ".md": Format.MARKDOWN, ".json": Format.JSON}


def write_report(names: list[str], out: Path | None, form: str, output: Output) -> int:
    """Look at the stacks and write their page; return the exit code.

    Raises:
        RolloutError: CLI001 for a format that there is none of, or a file that cannot be written; CLI002 for a stack
            without a file.
    """
    chosen = choose_format(form, out)
    page = make_page(stack_names(names))
    text = _WRITERS[chosen](page)
    if out is None:
        sys.stdout.write(text)
        return 0
    try:
        replace_file(out, text.encode(), mode=_READABLE)
    except OSError as error:
        problem = f"{out} cannot be written ({error.strerror})"
        raise RolloutError("CLI001", "--out", problem, fix="name a file in a folder that is yours") from None
    output.line(f"{out}: {len(page.environments)} environments, {len(text.encode()) / 1000:.0f} kB")
    for one in page.environments:
        output.line(f"  {one.stack}: {one.verdict.title}")
    return 0


def choose_format(form: str, out: Path | None) -> Format:
    """Return the format: as said, by the file's name, or HTML.

    Raises:
        RolloutError: CLI001 for one that there is none of.
    """
    if not form:
        return _SUFFIXES.get(out.suffix.lower(), Format.HTML) if out else Format.HTML
    if form not in set(Format):
        raise RolloutError("CLI001", "--format", f"'{form}' is no format", allowed=", ".join(Format))
    return Format(form)
