"""Reading YAML as a stack file means it: a date is a text, as whatever reads the value next wants it."""

from typing import Any, Final

import yaml

_Base: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"


_RESOLVERS: Final = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}
#: A safe loader that knows no dates.
_Loader: Final[Any] = type("_Loader", (_Base,), {"yaml_implicit_resolvers": _RESOLVERS})


def load_yaml(text: str) -> Any:
    """Return what the text says.

    Raises:
        yaml.YAMLError: It is no YAML.
    """
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, by its base
