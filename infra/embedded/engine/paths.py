"""Property paths in Pulumi's form, such as ``columns[2].default``: reading them, and using them."""

import json
import re
from typing import Any, Final

from infra.embedded.engine.values import Secret

Step = str | int
Path = tuple[Step, ...]

_TOKEN: Final = re.compile(
    r"""\.?(?:(?P<name>[^\.\[\]"]+)|\[(?P<index>\d+)\]|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]|\[(?P<any>\*)\])"""
)
#: Stands for every key or index.
ANY: Final = "*"
_MISSING: Final = object()


def parse(text: str) -> Path:
    """Return the steps of a path.

    Raises:
        ValueError: When it is not one.
    """
    steps: list[Step] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ValueError(text)
        steps.append(_step(found))
        position = found.end()
    return tuple(steps)


def contains(outer: Path, inner: Path) -> bool:
    """Tell whether the inner path is the outer one or lies within it."""
    return len(outer) <= len(inner) and all(a in (b, ANY) for a, b in zip(outer, inner, strict=False))


def look_up(value: Any, path: Path) -> Any:
    """Return what stands at the path, or None."""
    found = _find(value, path)
    return None if found is _MISSING else found


def keep(new: Any, old: Any, path: Path) -> Any:
    """Return the new value with what the old one has at the path; what the old one lacks there is taken out."""
    if not path:
        return old
    old, hidden = _open(old)
    new, also_hidden = _open(new)
    result = _keep_within(new, old, path)
    return Secret(result) if hidden and also_hidden else result


def _keep_within(new: Any, old: Any, path: Path) -> Any:
    head, *rest = path
    steps = _children(old) | _children(new) if head == ANY else {head}
    for step in steps:
        new = _keep_one(new, old, step, tuple(rest))
    return new


def _keep_one(new: Any, old: Any, step: Step, rest: Path) -> Any:
    before, now = _child(old, step), _child(new, step)
    if before is _MISSING and now is _MISSING:
        return new
    if before is _MISSING and not rest:
        return _without(new, step)
    if now is _MISSING:
        return _with(new, step, before) if not rest else new
    return new if before is _MISSING else _with(new, step, keep(now, before, rest))


def _step(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return int(found["index"])
    if found["quoted"] is not None:
        text: str = json.loads(found["quoted"])
        return text
    return found["name"] or found["any"]


def _find(value: Any, path: Path) -> Any:
    hidden = False
    for step in path:
        value, secret = _open(value)
        hidden = hidden or secret
        value = _child(value, step)
        if value is _MISSING:
            return _MISSING
    return Secret(value) if hidden and not isinstance(value, Secret) else value


def _open(value: Any) -> tuple[Any, bool]:
    return (value.value, True) if isinstance(value, Secret) else (value, False)


def _children(value: Any) -> set[Step]:
    if isinstance(value, dict):
        return set(value)
    return set(range(len(value))) if isinstance(value, list) else set()


def _child(value: Any, step: Step) -> Any:
    if isinstance(value, dict):
        return value.get(str(step), _MISSING)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return _MISSING


def _with(value: Any, step: Step, item: Any) -> Any:
    if isinstance(value, dict):
        return value | {str(step): item}
    if isinstance(value, list) and isinstance(step, int):
        return [*value[:step], item, *value[step + 1 :]]
    return value


def _without(value: Any, step: Step) -> Any:
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if name != step}
    return value
