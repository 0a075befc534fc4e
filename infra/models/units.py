"""Comparing server settings whatever their unit, and writing sizes."""

import re
from decimal import Decimal
from typing import Final

_FACTORS: Final = {
    "B": 1,
    "kB": 1024,
    "8kB": 8192,
    "MB": 1024**2,
    "16MB": 16 * 1024**2,
    "GB": 1024**3,
    "TB": 1024**4,
    "us": 1,
    "ms": 1000,
    "s": 1_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
}
_QUANTITY: Final = re.compile(r"\s*(?P<number>-?\d+(\.\d+)?)\s*(?P<unit>[a-zA-Z]*)\s*")
_BOOLEANS: Final = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False}


#: From this many of a unit on the next one is written.
_FULL: Final = 1024


def write_bytes(size: int) -> str:
    """Return a size in the largest unit of which there is one at least, such as ``12.5 MB``."""
    amount, units = float(size), ["bytes", "kB", "MB", "GB", "TB"]
    while amount >= _FULL and units[1:]:
        amount, units = amount / _FULL, units[1:]
    return f"{amount:.1f} {units[0]}".replace(".0 ", " ")


def equal_settings(wanted: str, actual: str, unit: str | None = None) -> bool:
    """Whether two values of one setting are the same; `unit` is that of `actual`, and of numbers without one."""
    if wanted == actual:
        return True
    one, other = _quantity(wanted, unit), _quantity(actual, unit)
    if one is not None and other is not None:
        return one == other
    truths = (_BOOLEANS.get(wanted.lower()), _BOOLEANS.get(actual.lower()))
    return None not in truths and truths[0] == truths[1]


def _quantity(text: str, unit: str | None) -> Decimal | None:
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return None
    factor = _FACTORS.get(match["unit"] or unit or "", 1 if not match["unit"] else None)
    return None if factor is None else Decimal(match["number"]) * factor
