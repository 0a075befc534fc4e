"""Makes a YAML text say other data by replacing only the parts that differ: every other byte stays as it is.

A dump of the whole would lose comments, quotes and line breaks, and with them the sense of a one-line change in review.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

_LOADER: Final = yaml.SafeLoader
_ENDLESS: Final = 10**6


class UnspliceableError(ValueError):
    """The text cannot be brought to the data piece by piece."""


@dataclass(frozen=True)
class Splice:
    """What stands from `start` to `end` gives way to the text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Entry:
    """One key with its value in a mapping that is written line by line."""

    key: yaml.ScalarNode
    value: yaml.Node

    @property
    def start(self) -> int:
        """Where the key begins."""
        return self.key.start_mark.index

    @property
    def column(self) -> int:
        """How far the key is indented."""
        return self.key.start_mark.column

    def end(self, text: str) -> int:
        """Where the value ends, comments after it left out."""
        return max(_end(self.value, text), self.key.end_mark.index + 1)


class _Dumper(yaml.SafeDumper):
    """Writes lists indented below their key, as the stack files do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the base's signature
        super().increase_indent(flow, False)  # noqa: FBT003 - as above

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the base's signature
        return True


def rewrite(text: str, data: dict[str, Any]) -> str:
    """Return the text with those parts replaced in which it differs from the data.

    Raises:
        UnspliceableError: when the result would not say exactly the data, as with anchors or a key that stands twice.
        yaml.YAMLError: when the text is no YAML.
    """
    root = yaml.compose(text, Loader=_LOADER)
    if root is None:
        splices = [Splice(len(text), len(text), _line_break(text) + _dump(data, 0) if data else "")]
    elif isinstance(root, yaml.MappingNode) and not root.flow_style:
        splices = list(_mapping(root, data, text))
    else:
        raise UnspliceableError("it is not written as `key: value`, line by line")
    result = _apply(text, splices)
    if not same(yaml.load(result, Loader=_LOADER) or {}, data):  # noqa: S506 - a safe loader
        raise UnspliceableError("another part of it would change its meaning")
    return result


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, and of the same types: 1 is not true."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _mapping(node: yaml.MappingNode, data: dict[str, Any], text: str) -> Iterator[Splice]:
    entries = {_value(key): Entry(key, value) for key, value in node.value}
    if len(entries) != len(node.value):
        raise UnspliceableError("a key stands twice")
    for name, entry in entries.items():
        if name not in data:
            yield Splice(_line_start(entry.start, text), _line_end(entry.end(text), text), "")
        elif not same(_value(entry.value), data[name]):
            yield from _entry(entry, name, data[name], text)
    if added := {name: value for name, value in data.items() if name not in entries}:
        last = Entry(*node.value[-1])
        place = _line_end(last.end(text), text)
        yield Splice(place, place, _line_break(text[:place]) + _dump(added, last.column))


def _entry(entry: Entry, name: Any, value: Any, text: str) -> Iterator[Splice]:
    """Yield what changes one value, in as small a part as can be."""
    old = entry.value
    if isinstance(old, yaml.MappingNode) and not old.flow_style and isinstance(value, dict) and value:
        yield from _mapping(old, value, text)
    elif _is_appended(old, value):
        place = _line_end(entry.end(text), text)
        new = _dump(value[len(old.value) :], old.start_mark.column)
        yield Splice(place, place, _line_break(text[:place]) + new)
    elif _is_inline(old) and not isinstance(value, dict | list):
        yield Splice(old.start_mark.index, old.end_mark.index, _dump({"": value}, 0).partition(": ")[2].rstrip("\n"))
    else:
        new = _dump({name: value}, entry.column).lstrip(" ").rstrip("\n")
        yield Splice(entry.start, entry.end(text), new)


def _is_appended(old: yaml.Node, value: Any) -> bool:
    if not isinstance(old, yaml.SequenceNode) or old.flow_style or not isinstance(value, list):
        return False
    return same(_value(old), value[: len(old.value)])


def _is_inline(node: yaml.Node) -> bool:
    is_scalar = isinstance(node, yaml.ScalarNode) and node.style not in ("|", ">")
    return is_scalar and node.start_mark.index < node.end_mark.index


def _value(node: yaml.Node) -> Any:
    return _Constructor().construct_document(node)


class _Constructor(yaml.constructor.SafeConstructor):
    """Gives the value of one node."""


def _end(node: yaml.Node, text: str) -> int:
    """Return where a node's last word ends: the end that the parser gives a block is the next one's beginning."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last, text)
    end: int = node.end_mark.index
    return len(text[:end].rstrip()) if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">") else end


def _line_start(place: int, text: str) -> int:
    return text.rfind("\n", 0, place) + 1


def _line_end(place: int, text: str) -> int:
    """Return where the next line begins, or the end of the text."""
    return text.find("\n", place) + 1 or len(text)


def _line_break(before: str) -> str:
    return "" if not before or before.endswith("\n") else "\n"


def _dump(value: Any, column: int) -> str:
    text: str = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, sort_keys=False, width=_ENDLESS
    )
    return "".join(" " * column + line for line in text.splitlines(keepends=True))


def _apply(text: str, splices: list[Splice]) -> str:
    ending = "\r\n" if "\r\n" in text else "\n"
    # From the end on; where two are put in at one place, the one that was found first comes first.
    for splice in sorted(splices, key=lambda one: (one.start, one.end))[::-1]:
        text = text[: splice.start] + splice.text.replace("\n", ending) + text[splice.end :]
    return text
