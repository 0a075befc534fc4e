"""What changes between two sets of properties, each change under its own path."""

from collections.abc import Iterator
from typing import Any

from infra.provider.handler import UNKNOWN, ChangeKind, Properties, PropertyChange

_REPLACING = {
    ChangeKind.ADD: ChangeKind.ADD_REPLACE,
    ChangeKind.DELETE: ChangeKind.DELETE_REPLACE,
    ChangeKind.UPDATE: ChangeKind.UPDATE_REPLACE,
}


def differences(old: Properties, new: Properties, replaces: frozenset[str]) -> list[PropertyChange]:
    """Return every change; one below a property of `replaces` makes the object anew."""
    changes = []
    for key in sorted(old.keys() | new.keys()):
        for path, kind in _compare(key, old.get(key), new.get(key), key in old, key in new):
            changes.append(PropertyChange(path, _REPLACING[kind] if key in replaces else kind))
    return changes


def holds_unknown(value: Any) -> bool:
    """Whether an unknown stands anywhere in the value."""
    match value:
        case dict():
            return any(map(holds_unknown, value.values()))
        case list() | tuple():
            return any(map(holds_unknown, value))
        case _:
            return value is UNKNOWN


def _compare(path: str, old: Any, new: Any, had: bool, has: bool) -> Iterator[tuple[str, ChangeKind]]:  # noqa: FBT001
    if had and has and old == new:
        return
    if not had or not has:
        yield path, ChangeKind.ADD if has else ChangeKind.DELETE
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _compare(f"{path}.{key}", old.get(key), new.get(key), key in old, key in new)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            one, other = old[index : index + 1], new[index : index + 1]
            yield from _compare(
                f"{path}[{index}]", next(iter(one), None), next(iter(other), None), bool(one), bool(other)
            )
    else:
        yield path, ChangeKind.UPDATE


def keep_spelling(found: Properties, given: Properties, normal: Properties) -> Properties:
    """Return what was found, with the program's own words for every property that means the same."""
    kept = {key: value for key, value in given.items() if found.get(key) == normal.get(key)}
    changed = {key: value for key, value in found.items() if value != normal.get(key)}
    return kept | changed
