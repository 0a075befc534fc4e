"""Text from elsewhere as GitHub-flavoured Markdown: nothing in it is markup, a mention, a link or a secret.

GitLab shows the same. Every text comes through here, so that it is redacted here, once.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from infra.errors import on_one_line, redact

#: Keeps a mention, a reference or a link from being one. It takes no room on the screen.
_BREAK: Final = "&#8203;"
#: What is markup, and what calls somebody or something: a mention, the number of an issue, the head of a link.
_MARKUP: Final = re.compile(
    r"(?P<markup>[\\`*\[\]<>|~&$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))"
    r"|(?<!\w)@(?=\w)|[#!](?=\d)|\bhttps?(?=://)|\bwww(?=\.)|\bGH-(?=\d)",
    re.IGNORECASE,
)
#: What would open a list or a heading, or be a line across.
_OPENING: Final = re.compile(r"^(\d*)([-+.)]|#+)(?= |-{2,}$)")
_ENTITIES: Final = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;"}
#: What may say something in Markdown or in HTML.
_SIGNS: Final = re.compile(r"[^\w .,()=:;-]|:(?=/)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|\bwww(?=\.)", re.IGNORECASE)
_PLAIN_CODE: Final = re.compile(r"[^|`\\\s](?:[^|`\\]*[^|`\\\s])?")
_TICKS: Final = re.compile(r"`+")
_QUICK_ACTION: Final = re.compile(r"^/(?=\w)", re.MULTILINE)
_SHORTEST_FENCE: Final = 3
#: So many times what is shown is looked at: a secret that is cut in two there is far from what is shown.
_MARGIN: Final = 8


def prose(text: str, longest: int = 0) -> str:
    """Return the text as plain words on one line, cut visibly when it is longer than said."""
    return _OPENING.sub(r"\1\\\2", _MARKUP.sub(_disarmed, _cleaned(text, longest)))


def code(text: str, longest: int = 0) -> str:
    """Return the text as code within a line, whatever is in it; also in the cell of a table."""
    words = _cleaned(text, longest).strip() or "-"
    if _PLAIN_CODE.fullmatch(words):
        return f"`{words}`"
    # In a table neither a backtick nor a backslash before a bar can be written between backticks.
    return f"<code>{entities(words)}</code>"


def entities(text: str) -> str:
    """Return the text for use in HTML, each sign that Markdown or HTML might know as its entity."""
    return _SIGNS.sub(lambda found: "".join(f"&#{ord(sign)};" for sign in found[0]), _cleaned(text))


def block(text: str, language: str = "sql") -> str:
    """Return the text as a block of code, in a fence longer than any in it."""
    shown = "\n".join(on_one_line(line) for line in redact(text).replace("\t", "    ").splitlines())
    ticks = max((len(found) for found in _TICKS.findall(shown)), default=0)
    if ticks >= _SHORTEST_FENCE:
        # GitLab looks for quick actions with a search that takes a shorter fence for the end of the block.
        shown = _QUICK_ACTION.sub(" /", shown)
    fence = "`" * max(_SHORTEST_FENCE, ticks + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the cells are Markdown already."""
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def folded(summary: str, content: str) -> str:
    """Return the content behind a summary, which is HTML already."""
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def shorten(text: str, longest: int) -> str:
    """Return the text, or its beginning with a sign that there is more; 0 is no limit."""
    return text if not longest or len(text) <= longest else text[: longest - 1].rstrip() + "…"


def length(text: str) -> int:
    """Return how long the text is for whoever counts least kindly: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cleaned(text: str, longest: int = 0) -> str:
    """Return the text on one line without secrets; what is cut off anyway is not all searched for them."""
    near = text[: longest * _MARGIN] if longest else text
    return shorten(on_one_line(redact(" ".join(near.split()))), longest)


def _disarmed(found: re.Match[str]) -> str:
    sign = found[0]
    if found["markup"] is None:
        return sign + _BREAK
    return _ENTITIES.get(sign, f"\\{sign}")
