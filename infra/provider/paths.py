"""Property paths in Pulumi's form, such as ``columns[2].default``, and what `ignoreChanges` does with them."""

import re
from typing import Any, Final

#: The keys and list positions that lead to a value; in a pattern, ``*`` stands for any of them.
Path = tuple[str | int, ...]

_PART: Final = re.compile(
    r"""\[(?P<index>\d+)\]           # [2]
      | \[(?P<any>\*)\]              # [*]
      | \["(?P<quoted>(?:[^"\\]|\\.)*)"\]  # ["a.b"]
      | \.?(?P<name>[^.\[\]"]+)      # name
    """,
    re.VERBOSE,
)
_PLAIN: Final = re.compile(r"[^.\[\]\"\\\s]+")
_MISSING: Final = object()


def render_path(path: Path) -> str:
    """Return the path as Pulumi writes it; keys with dots, brackets, quotes or blanks are quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            escaped = part.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
    return text


def parse_path(text: str) -> Path:
    """Return the parts of a written path; what is no path is taken as one key, so that it matches nothing else."""
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            return (text,)
        parts.append(_part(match))
        position = match.end()
    return tuple(parts)


def _part(match: re.Match[str]) -> str | int:
    if match["index"] is not None:
        return int(match["index"])
    if match["quoted"] is not None:
        return re.sub(r"\\(.)", r"\1", match["quoted"])
    return match["any"] or match["name"]


def begins(pattern: Path, path: Path) -> bool:
    """Return whether the pattern is the path or leads to it."""
    return len(pattern) <= len(path) and all(
        want in ("*", have) for want, have in zip(pattern, path[: len(pattern)], strict=True)
    )


def keep_old(old: Any, new: Any, path: Path) -> Any:
    """Return the new value with what stands at the path taken from the old one: what `ignoreChanges` means."""
    if not path:
        return old
    head, rest = path[0], path[1:]
    if isinstance(new, dict) and isinstance(old, dict):
        keys = {**new, **old} if head == "*" else (head,)
        return _keep_in_object(old, new, keys, rest)
    if isinstance(new, list) and isinstance(old, list):
        return [
            keep_old(old[place], value, rest) if head in ("*", place) and place < len(old) else value
            for place, value in enumerate(new)
        ]
    return new


def _keep_in_object(old: dict[Any, Any], new: dict[Any, Any], keys: Any, rest: Path) -> dict[Any, Any]:
    kept = dict(new)
    for key in keys:
        before, now = old.get(key, _MISSING), new.get(key, _MISSING)
        if not rest and before is _MISSING:
            kept.pop(key, None)
        elif before is not _MISSING and (now is not _MISSING or not rest):
            kept[key] = keep_old(before, now, rest)
    return kept
