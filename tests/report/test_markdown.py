"""Text from elsewhere stays text: a renderer of Markdown shows it as it was, whatever stands in it."""

import html
import re
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from infra.report.markdown import block, code, entities, folded, length, prose, shorten, table

SECRET: Final = "hunter2hunter2"
_RENDERER: Final = MarkdownIt("commonmark").enable(["table", "strikethrough"])
#: What takes no room on the screen and keeps a mention from being one.
_BREAK: Final = "\u200b"
NASTY: Final = (
    "a|b",
    "a\\|b",
    "`tick`",
    "``two`` and `one`",
    "\\",
    "trailing\\",
    "*bold* _it_ ~~no~~ $x$",
    "<script>alert(1)</script>",
    "<!-- hidden -->",
    "-->",
    "[link](http://evil.example)",
    "![image](x)",
    "&lt; &amp; &#60;",
    "# heading",
    "- item",
    "+ item",
    "1. one",
    "12) twelve",
    "--- ",
    "> quote",
    "| --- | --- |",
    "</details>",
    "snake_case_name __dunder__ _x",
    "a\nb\r\nc\td",
    'say "it\'s"',
    "日本語 🛑",
)
TEXTS: Final = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp", "Zs")) | st.just(" "))


def _shown(markdown: str) -> str:
    """Return what a reader sees, without the marks that take no room."""
    return html.unescape(re.sub(r"<[^>]*>", "", _RENDERER.render(markdown))).replace(_BREAK, "").strip()


def _plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("write", [prose, code], ids=["prose", "code"])
def test_it_is_shown_as_it_is(write: type[str], text: str) -> None:
    """In a paragraph, in an item and in a cell: nothing is lost and nothing is added."""
    written = write(text)
    assert _shown(f"So: {written}") == _plain(f"So: {text}")
    assert _shown(f"- {written}") == _plain(text)
    rendered = _RENDERER.render(table(("one", "two"), [(written, "end")]))
    cells = re.findall(r"<td>(.*?)</td>", rendered)
    assert [html.unescape(re.sub(r"<[^>]*>", "", cell)).replace(_BREAK, "") for cell in cells] == [_plain(text), "end"]


@given(TEXTS)
def test_any_text_is_shown_as_it_is(text: str) -> None:
    assert _shown(f"So: {prose(text)}") == _plain(f"So: {text}")
    if _plain(text):
        assert _shown(f"So: {code(text)}") == _plain(f"So: {text}")


@given(TEXTS)
def test_nothing_is_markup(text: str) -> None:
    """No tag comes of it, in prose or in HTML: only those of the paragraph."""
    rendered = _RENDERER.render(f"So: {prose(text)} {entities(text)}.")
    assert re.findall(r"</?[a-z]+", rendered) == ["<p", "</p"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ask @ada", "ask @&#8203;ada"),
        ("ada@example.org", "ada@example.org"),
        ("see #12 and !3", "see #&#8203;12 and !&#8203;3"),
        ("https://evil.example", "https&#8203;://evil.example"),
        ("www.evil.example", "www&#8203;.evil.example"),
        ("GH-12", "GH-&#8203;12"),
    ],
)
def test_nobody_is_called(text: str, shown: str) -> None:
    """A mention, a reference and a link are words."""
    assert prose(text) == shown


@pytest.mark.parametrize("text", ["plain", "a ``` b", "```\n/merge\n```", "~~~", "`````", "x\n\n    y"])
def test_a_block_ends_where_it_should(text: str) -> None:
    tokens = _RENDERER.parse(f"{block(text)}\n\nafter")
    fences = [token for token in tokens if token.type == "fence"]
    assert len(fences) == 1
    assert fences[0].content.replace(" /", "/").rstrip("\n") == text
    assert any(token.content == "after" for token in tokens)


def test_no_quick_action_in_a_block() -> None:
    """GitLab's own search takes the shorter fence for the end, and would merge what is under review."""
    assert not re.search(r"^/merge", block("```\n/merge\n"), re.MULTILINE)


def test_control_characters_are_visible() -> None:
    assert "\u202e" not in prose("a\u202eb") + code("a\u202eb") + block("a\u202eb")
    assert "\x1b" not in block("a\x1b[31mb")


@pytest.mark.parametrize("write", [prose, code, entities, block])
@pytest.mark.parametrize(
    "text",
    [f"postgresql://app:{SECRET}@db/x", f"password='{SECRET}'", f"PASSWORD '{SECRET}'", f"SCRAM-SHA-256$4096:{SECRET}"],
)
def test_no_secret(write: type[str], text: str) -> None:
    assert SECRET not in write(text)


def test_lengths() -> None:
    """What is cut shows that there is more; and an emoji counts twice, as JavaScript has it."""
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("abcd", 4) == "abcd"
    assert length("a🛑") == 3
    assert prose("x" * 500, 100).endswith("…")


def test_folded() -> None:
    assert "<details><summary>more</summary>\n\ntext\n\n</details>" in folded("more", "text")
