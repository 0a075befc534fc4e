"""The commands of Pulumi's CLI that mend a stack file, as errors name them."""

import re
from typing import Final

#: The number of a list's item, which Pulumi's CLI wants in brackets.
_PLACE: Final = re.compile(r"\.(\d+)(?=\.|$)")


def set_command(key: str, stack: str, value: str = "", *, secret: bool = False) -> str:
    """Return the command that sets a key, given by its short name, of the stack; of none when it is not known."""
    flags = ["--secret"] * secret + ["--path"] * ("." in key)
    return _join("set", *flags, _PLACE.sub(r"[\1]", key), value, stack=stack)


def remove_command(key: str, stack: str) -> str:
    """Return the command that takes a key out of the stack's file."""
    return _join("rm", key, stack=stack)


def stack_file(stack: str) -> str:
    """Return the name of the stack's file, for a text."""
    return f"Pulumi.{stack}.yaml" if stack else "the stack's file"


def _join(*words: str, stack: str) -> str:
    return " ".join(["pulumi config", *filter(None, words), *(["-s", stack] if stack else [])])
