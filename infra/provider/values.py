"""Values as the wire carries them, and as Python has them: unknowns, secrets and whole numbers kept apart."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value

from infra.errors import RolloutError
from infra.provider.handler import UNKNOWN, Properties
from infra.provider.paths import Path, render_path

#: The key by which an object on the wire says that it stands for something else.
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a signature of the protocol
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"

#: The string that stands for an unknown value; the engine has one for each type, and reads this one for all of them.
SENTINEL: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SENTINELS: Final = frozenset(
    {
        SENTINEL,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
#: Numbers travel as doubles: beyond this, neighbours share one spelling.
EXACT: Final = 2**53


@dataclass(frozen=True)
class Decoded:
    """The properties of one message, and the paths at which they were secret."""

    properties: Properties
    secrets: frozenset[Path]


def decode(struct: Struct) -> Decoded:
    """Return what a message says; UNKNOWN where a value is not known yet.

    Raises:
        RolloutError: PRV001 for an asset, an archive or a signature that nobody knows.
    """
    secrets: set[Path] = set()
    properties = _decode_fields(struct, (), secrets)
    return Decoded(properties, frozenset(secrets))


def _decode_fields(struct: Struct, path: Path, secrets: set[Path]) -> Properties:
    """Return the fields by name in sorted order: on the wire they have none."""
    return {key: _decode(value, (*path, key), secrets) for key, value in sorted(struct.fields.items())}


def _decode(value: Value, path: Path, secrets: set[Path]) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        return _number(value.number_value)
    if kind == "string_value":
        return UNKNOWN if value.string_value in SENTINELS else value.string_value
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        items = enumerate(value.list_value.values)
        return [_decode(item, (*path, place), secrets) for place, item in items]
    if kind == "struct_value":
        return _decode_object(value.struct_value, path, secrets)
    return None


def _number(number: float) -> int | float:
    return int(number) if number.is_integer() and abs(number) <= EXACT else number


def _decode_object(struct: Struct, path: Path, secrets: set[Path]) -> Any:
    fields = struct.fields
    if SIGNATURE not in fields:
        return _decode_fields(struct, path, secrets)
    signature = fields[SIGNATURE].string_value
    if signature == SECRET:
        secrets.add(path)
        return _decode(fields["value"], path, secrets) if "value" in fields else None
    if signature == OUTPUT:
        if "secret" in fields and fields["secret"].bool_value:
            secrets.add(path)
        return _decode(fields["value"], path, secrets) if "value" in fields else UNKNOWN
    if signature == RESOURCE:
        return _reference(struct)
    raise _refused(signature, path)


def _reference(struct: Struct) -> Any:
    """Return the id of the resource that is meant, or the URN of a component, which has no id."""
    if "id" not in struct.fields:
        return struct.fields["urn"].string_value
    identity = struct.fields["id"].string_value
    return UNKNOWN if identity in SENTINELS or not identity else identity


def _refused(signature: str, path: Path) -> RolloutError:
    what = {ASSET: "an asset", ARCHIVE: "an archive"}.get(signature, f"a value of unknown form ({signature})")
    return RolloutError(
        "PRV001",
        render_path(path),
        f"{what} stands where a plain value is expected",
        allowed="strings, numbers, booleans, lists and objects",
        fix="pass the text itself, for instance Path(…).read_text()",
    )


def encode(properties: Properties, secrets: Iterable[Path] = (), *, preview: bool = False) -> Struct:
    """Return the properties as a message; what stands at a secret path leaves as a secret.

    A secret inside a list makes the whole list secret: a handler may have sorted it.

    Raises:
        RolloutError: PRV003 for an unknown outside of a preview, and for what the wire cannot carry exactly.
    """
    encoder = _Encoder(frozenset(_outside_lists(path) for path in secrets), preview=preview)
    return encoder.object(properties, (), hidden=False)


def _outside_lists(path: Path) -> Path:
    places = [place for place, part in enumerate(path) if isinstance(part, int)]
    return path[: places[0]] if places else path


@dataclass(frozen=True)
class _Encoder:
    secrets: frozenset[Path]
    preview: bool

    def object(self, properties: dict[str, Any], path: Path, *, hidden: bool) -> Struct:
        return Struct(fields={key: self.value(value, (*path, key), hidden) for key, value in properties.items()})

    def value(self, value: Any, path: Path, hidden: bool) -> Value:  # noqa: FBT001 - any value; passed down
        if path in self.secrets and not hidden and value is not None:
            return secret(self.plain(value, path, hidden=True))
        return self.plain(value, path, hidden=hidden)

    def plain(self, value: Any, path: Path, *, hidden: bool) -> Value:  # noqa: PLR0911 - one line a type
        if value is None:
            return Value(null_value=NULL_VALUE)
        if value is UNKNOWN and self.preview:
            return Value(string_value=SENTINEL)
        if isinstance(value, bool):
            return Value(bool_value=value)
        if isinstance(value, str):
            return Value(string_value=str(value))
        if isinstance(value, float) or (isinstance(value, int) and abs(value) <= EXACT):
            return Value(number_value=value)
        if isinstance(value, dict):
            return Value(struct_value=self.object(value, path, hidden=hidden))
        if isinstance(value, list | tuple):
            items = (self.value(item, (*path, place), hidden) for place, item in enumerate(value))
            return Value(list_value=ListValue(values=items))
        raise _not_carried(value, path)


def _not_carried(value: Any, path: Path) -> RolloutError:
    if value is UNKNOWN:
        return RolloutError("PRV003", render_path(path), "the value is still unknown outside of a preview")
    if isinstance(value, int):
        return RolloutError(
            "PRV003", render_path(path), "the number is too large for the wire", fix="send it as a text"
        )
    return RolloutError("PRV003", render_path(path), f"a {type(value).__name__} cannot be sent to the engine")


def secret(value: Value) -> Value:
    """Return the value wrapped as a secret."""
    return Value(struct_value=Struct(fields={SIGNATURE: Value(string_value=SECRET), "value": value}))


def is_marked(value: Value) -> bool:
    """Return whether the value is wrapped as a secret already, by itself or as an output."""
    fields = value.struct_value.fields
    if SIGNATURE not in fields:
        return False
    signature = fields[SIGNATURE].string_value
    return signature == SECRET or (signature == OUTPUT and "secret" in fields and fields["secret"].bool_value)


def mark_secrets(struct: Struct, names: Iterable[str]) -> Struct:
    """Return a copy of the message, as it was spelled, with the named top-level properties secret."""
    marked = Struct()
    marked.CopyFrom(struct)
    for name in names:
        if name in struct.fields and struct.fields[name].WhichOneof("kind") != "null_value":
            value = struct.fields[name]
            if not is_marked(value):
                marked.fields[name].CopyFrom(secret(value))
    return marked


def unknown_paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield where the value is unknown."""
    if value is UNKNOWN:
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from unknown_paths(item, (*path, key))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from unknown_paths(item, (*path, place))


def texts_at(properties: Properties, paths: Iterable[Path]) -> Iterator[str]:
    """Yield every text at or under the paths: what must not be shown."""
    for path in paths:
        found: Any = properties
        for part in path:
            inside = isinstance(found, dict) if isinstance(part, str) else isinstance(found, list)
            found = found[part] if inside and (not isinstance(found, dict) or part in found) else None
        yield from _texts(found)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
