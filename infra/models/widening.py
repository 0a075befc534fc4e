"""Which changes of a column's type PostgreSQL makes without rewriting the table or losing a value."""

import re
from typing import Final

from infra.models.table import canonical_type

_SIZED: Final = re.compile(r"(?P<base>[a-z ]+?)(\((?P<size>\d+)(,(?P<scale>\d+))?\))?")
_TEXTS: Final = ("character varying", "text")


#: Each holds every value of those before it.
_INTEGERS: Final = ("smallint", "integer", "bigint")


def keeps_values(actual: str, wanted: str) -> bool:
    """Whether every value is the same in the other type, though the table may have to be written anew for it."""
    one, other = canonical_type(actual), canonical_type(wanted)
    if one in _INTEGERS and other in _INTEGERS:
        return _INTEGERS.index(one) <= _INTEGERS.index(other)
    return other == "text" or widens(actual, wanted)


def widens(actual: str, wanted: str) -> bool:
    """Whether the change needs no rewrite and keeps every value: longer varchar or text, wider numeric."""
    one, other = (_SIZED.fullmatch(canonical_type(spelling)) for spelling in (actual, wanted))
    if one is None or other is None:
        return False
    if one["base"] == "character varying" and other["base"] in _TEXTS:
        return other["size"] is None or (one["size"] is not None and int(other["size"]) >= int(one["size"]))
    if one["base"] == other["base"] == "numeric":
        if other["size"] is None:
            return True
        same_scale = one["scale"] == other["scale"]
        return one["size"] is not None and same_scale and int(other["size"]) >= int(one["size"])
    return False
