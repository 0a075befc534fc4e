"""The flags as lines for an application's environment: rendered, and read back."""

import re
import shlex
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
    return "\n".join([MARKER + "\n", *flag_blocks(flags)])


def flag_blocks(flags: Mapping[str, bool]) -> list[str]:
    """Return an assignment for each flag, below its description, in the order of the rollout."""
    return [
        f"# {flag.description}\n{assignment(flag.name, flags[flag.name])}\n" for flag in FLAGS if flag.name in flags
    ]


def assignment(name: str, value: str | int | bool) -> str:  # noqa: FBT001 - a flag is a truth value
    """Return ``NAME=value`` as a shell reads it: what is more than a plain word is quoted."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"{name}={shlex.quote(text)}"


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
