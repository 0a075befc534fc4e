"""What people write of who they are and why they act: one line, however it was wrapped, that a database can hold."""

import unicodedata
from typing import Any, Final

from infra.models.base import fault

_LONGEST: Final = 500

#: Other than in names and sentences: control characters, and marks that turn the rest of a line around.
_CONTROL = "Cc"
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str | None:
    """Return the text in one line, or None when it says nothing, or holds what no line can."""
    line = " ".join(text.split())
    strange = any(unicodedata.category(sign) == _CONTROL or sign in _TURNING for sign in line)
    return None if strange or not any(sign.isprintable() and not sign.isspace() for sign in line) else line


def said(value: Any, code: str) -> str:
    """Return who acts, or why, in one line.

    Raises:
        PydanticCustomError: with this code where nothing is said, or what no line can hold.
    """
    line = one_line(value) if isinstance(value, str) else None
    if line is None or len(line) > _LONGEST:
        problem = f"who and why must be said ({str(value)[:40]!r})"
        allowed = f"a text of 1 to {_LONGEST} characters, none of them a control character"
        raise fault(code, problem, allowed=allowed, fix="write it")
    return line
