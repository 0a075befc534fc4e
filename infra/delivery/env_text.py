"""The flags as lines for an application's environment: rendered, and read back."""

import re
from collections.abc import Mapping
from typing import Final

from infra.pipeline.flags import FLAGS

#: The first line of a file of ours; a file without it is somebody else's.
MARKER: Final = "# Flags of the creative pipeline, written by the rollout. Change the stack file instead of this one."
_ASSIGNMENT: Final = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>.*)")
_VALUES: Final = {"true": True, "false": False}
_LONGEST_SHOWN: Final = 40


def render_env(flags: Mapping[str, bool]) -> str:
    """Return the file's text: the flags in the order of the rollout, each below its description."""
    blocks = [
        f"# {flag.description}\n{flag.name}={'true' if flags[flag.name] else 'false'}\n"
        for flag in FLAGS
        if flag.name in flags
    ]
    return "\n".join([MARKER + "\n", *blocks])


def parse_env(text: str) -> dict[str, bool | str] | None:
    """Return every assignment of a file of ours, the last one of a name counting; None for somebody else's file.

    A value that is neither true nor false is returned as its text.
    """
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != MARKER:
        return None
    found: dict[str, bool | str] = {}
    for line in lines[1:]:
        if match := _ASSIGNMENT.fullmatch(line.strip()):
            value = match["value"].strip("\"' \t")
            found[match["name"]] = _VALUES.get(value, value[:_LONGEST_SHOWN])
    return found
