"""Reading YAML as Pulumi's CLI reads a stack file: a date is a text, and so are `yes`, `off` and `12:30`."""

import re
from typing import Any, Final

import yaml

_Base: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG: Final = "tag:yaml.org,2002:"
#: What PyYAML takes from an older YAML, where a word of agreement is no text and a time is a number.
_OTHERS: Final = frozenset(_TAG + kind for kind in ("timestamp", "bool", "int", "float"))
#: In this order: a whole number is no fraction.
_OURS: Final = (
    ("bool", "tTfF", r"true|True|TRUE|false|False|FALSE"),
    ("int", "-+0123456789", r"[-+]?(0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)"),
    (
        "float",
        "-+.0123456789",
        r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
    ),
)


def _resolvers() -> dict[Any, list[Any]]:
    found = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _OTHERS]
        for first, resolvers in _Base.yaml_implicit_resolvers.items()
    }
    for kind, firsts, pattern in _OURS:
        for first in firsts:
            found.setdefault(first, []).append((_TAG + kind, re.compile(f"(?:{pattern})$")))
    return found


#: A safe loader with Pulumi's own idea of what is no text.
_Loader: Final[Any] = type("_Loader", (_Base,), {"yaml_implicit_resolvers": _resolvers()})


def load_yaml(text: str) -> Any:
    """Return what the text says.

    Raises:
        yaml.YAMLError: It is no YAML.
    """
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, by its base
