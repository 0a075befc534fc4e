"""Quoting and checking of PostgreSQL names; literals for the places where no parameter can stand."""

import hashlib
import math
import re
from typing import Final

from infra.errors import RolloutError

#: PostgreSQL cuts longer names with no more than a notice (NAMEDATALEN - 1), so two names can meet.
MAX_BYTES: Final = 63
#: Room is left for the longest suffix we add ourselves (`_fkey`, `_idx`, `_check`).
OWN_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,54}")
#: A name that gets no suffix any more: an index, a constraint, a policy, a trigger.
FULL_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")
FULL_NAME_RULE: Final = "lower-case letters, digits and _, starting with a letter or _, 63 bytes at most"
OWN_NAME_RULE: Final = "lower-case letters, digits and _, starting with a letter or _, 55 bytes at most"


def quote_identifier(name: str) -> str:
    """Return the name in double quotes, fit for any place in SQL where a name stands.

    Raises:
        RolloutError: DEF001 when the name is empty, too long for PostgreSQL or holds a NUL.
    """
    _check_any(name)
    return '"' + name.replace('"', '""') + '"'


def quote_qualified(name: str) -> str:
    """Return ``schema.object`` with each part quoted."""
    return ".".join(quote_identifier(part) for part in name.split("."))


def quote_literal(value: object) -> str:
    """Return a SQL literal for a string, number, boolean or None.

    Raises:
        RolloutError: DEF002 for a text that PostgreSQL cannot hold, NaN, infinity or a type without a literal.
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if math.isfinite(value):
            return str(value)
        case str():
            return _quote_text(value)
        case _:
            raise RolloutError(
                "DEF002",
                "literal",
                f"no SQL literal for {value!r:.80} ({type(value).__name__})",
                allowed="text, finite numbers, booleans",
                fix="give a value of these kinds",
            )


def _quote_text(value: str) -> str:
    if "\x00" in value or not _is_utf8(value):
        raise RolloutError(
            "DEF002",
            "literal",
            "a NUL byte or half a surrogate pair cannot stand in a value",
            allowed="text that is UTF-8 without NUL",
            fix="remove it",
        )
    quoted = value.replace("'", "''")
    # A backslash is literal only while standard_conforming_strings is on: E'' does not depend on it.
    return "E'" + quoted.replace("\\", "\\\\") + "'" if "\\" in value else f"'{quoted}'"


def _is_utf8(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def own_name(value: str, path: str = "name") -> str:
    """Return the value when it is a name of the kind that this project gives its own objects.

    Raises:
        RolloutError: DEF001 naming the rule that is broken.
    """
    if not OWN_NAME.fullmatch(value):
        raise RolloutError(
            "DEF001", path, f"{value!r} is not a name we can give", allowed=OWN_NAME_RULE, fix="choose another name"
        )
    return value


def bounded_name(*parts: str, suffix: str) -> str:
    """Return ``parts_suffix`` in 63 bytes at most, with a hash of the whole in place of what is cut."""
    name = "_".join((*parts, suffix))
    if len(name.encode()) <= MAX_BYTES:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    room = MAX_BYTES - len(suffix.encode()) - len(digest) - 2
    stem = "_".join(parts).encode()[:room].decode(errors="ignore").rstrip("_")
    return f"{stem}_{digest}_{suffix}"


def _check_any(name: str) -> None:
    size = len(name.encode(errors="replace"))
    if not name or "\x00" in name or size > MAX_BYTES or not _is_utf8(name):
        raise RolloutError(
            "DEF001",
            "name",
            f"{name[:80]!r} ({size} bytes) is not a PostgreSQL name",
            allowed=f"1 to {MAX_BYTES} bytes without NUL",
            fix="choose a shorter name",
        )
