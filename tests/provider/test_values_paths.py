"""Property paths, and the old values that `ignoreChanges` keeps."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.provider.paths import Path, begins, keep_old, parse_path, render_path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("columns[2].default", ("columns", 2, "default")),
        ('a["b.c"].d', ("a", "b.c", "d")),
        ('["a\\"b"][0]', ('a"b', 0)),
        ("columns[*].default", ("columns", "*", "default")),
        ("a.*", ("a", "*")),
        ("a[", ("a[",)),
    ],
)
def test_parse(text: str, path: Path) -> None:
    """Every form that Pulumi has; what is none of them is one key, which matches nothing else."""
    assert parse_path(text) == path


@given(st.lists(st.text(min_size=1) | st.integers(0, 99), min_size=1).map(tuple))
def test_rendered_paths_parse_again(path: Path) -> None:
    """Rendering and parsing are each other's way back."""
    assert parse_path(render_path(path)) == path


def test_begins() -> None:
    """A pattern covers itself and what is beneath, not what is beside or above."""
    assert begins(("a",), ("a", 0, "b"))
    assert begins(("a", "*", "b"), ("a", 0, "b"))
    assert not begins(("a", 1), ("a", 0))
    assert not begins(("a", 0), ("a",))


@pytest.mark.parametrize(
    ("pattern", "old", "new", "kept"),
    [
        ("a", {"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": 3}),
        ("a", {}, {"a": 2}, {}),
        ("a", {"a": 1}, {}, {"a": 1}),
        ("a.b", {"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "c": 2}}, {"a": {"b": 1, "c": 2}}),
        ("a.b", {}, {"a": {"b": 2}}, {"a": {"b": 2}}),
        ("l[1].x", {"l": [{"x": 1}, {"x": 1}]}, {"l": [{"x": 2}, {"x": 2}]}, {"l": [{"x": 2}, {"x": 1}]}),
        ("l[*].x", {"l": [{"x": 1}]}, {"l": [{"x": 2}, {"x": 3}]}, {"l": [{"x": 1}, {"x": 3}]}),
        ("m.*", {"m": {"x": 1}}, {"m": {"x": 2, "y": 3}}, {"m": {"x": 1}}),
        ("a.b", {"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}}),
    ],
)
def test_keep_old(pattern: str, old: Any, new: Any, kept: Any) -> None:
    """What is ignored has its old value, present or absent; the rest is new."""
    assert keep_old(old, new, parse_path(pattern)) == kept
