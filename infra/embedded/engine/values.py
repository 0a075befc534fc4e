"""Property values as the engine holds them: plain JSON values, secrets as `Secret`, unknowns as `UNKNOWN`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from infra.errors import REDACTED
from infra.provider.handler import UNKNOWN

Properties = dict[str, Any]

#: Marks in Pulumi's wire and state format that a map is not a map but a secret.
SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a format's marker, not a secret
#: What an unknown value is on the wire.
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
#: Shorter texts are not masked where they turn up in messages: they would blot out ordinary words.
SHORTEST_MASKED: Final = 4


@dataclass(frozen=True, repr=False)
class Secret:
    """A value that is never shown."""

    value: Any

    def __repr__(self) -> str:
        return REDACTED


def as_secret(value: Any) -> Secret:
    """Return the value as one secret, without secrets inside it."""
    return Secret(reveal(value))


def reveal(value: Any) -> Any:
    """Return the value with every secret replaced by what it hides."""
    match value:
        case Secret():
            return reveal(value.value)
        case dict():
            return {key: reveal(item) for key, item in value.items()}
        case list():
            return [reveal(item) for item in value]
        case _:
            return value


def conceal(value: Any) -> Any:
    """Return the value as it may be shown: secrets as `[secret]`."""
    match value:
        case Secret():
            return REDACTED
        case dict():
            return {key: conceal(item) for key, item in value.items()}
        case list():
            return [conceal(item) for item in value]
        case _:
            return value


def has_unknown(value: Any) -> bool:
    """Tell whether a part of the value is not known yet."""
    match value:
        case Secret():
            return has_unknown(value.value)
        case dict():
            return any(map(has_unknown, value.values()))
        case list():
            return any(map(has_unknown, value))
        case _:
            return value is UNKNOWN


def same(left: Any, right: Any) -> bool:
    """Tell whether two values are equal, whatever is secret in them."""
    return bool(reveal(left) == reveal(right))


def secret_texts(value: Any, *, inside: bool = False) -> Iterator[str]:
    """Yield the texts within secrets that are long enough to be masked in messages."""
    match value:
        case Secret():
            yield from secret_texts(value.value, inside=True)
        case dict():
            for item in value.values():
                yield from secret_texts(item, inside=inside)
        case list():
            for item in value:
                yield from secret_texts(item, inside=inside)
        case str() if inside and len(value) >= SHORTEST_MASKED:
            yield value


def mark_secrets(outputs: Properties, inputs: Properties, names: tuple[str, ...]) -> Properties:
    """Return the outputs with those secret that are named, or that are secret among the inputs."""

    def is_secret(name: str) -> bool:
        return name in names or isinstance(inputs.get(name), Secret)

    return {
        name: as_secret(value) if is_secret(name) and not isinstance(value, Secret) else value
        for name, value in outputs.items()
    }
