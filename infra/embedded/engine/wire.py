"""Properties to and from the protobuf `Struct` of Pulumi's wire protocol."""

import math
from typing import Any

from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value

from infra.embedded.engine.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_TEXT, Properties, Secret
from infra.provider.handler import UNKNOWN


def decode(struct: Struct) -> Properties:
    """Return the properties; whole numbers come back as integers."""
    return {name: _decode_value(value) for name, value in struct.fields.items()}


def encode(properties: Properties, *, keep_secrets: bool = True) -> Struct:
    """Return the properties as the wire carries them, secrets marked or, for a provider that cannot, laid open."""
    fields = {name: _encode_value(value, keep_secrets=keep_secrets) for name, value in properties.items()}
    return Struct(fields=fields)


def _decode_value(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    match kind:
        case "string_value":
            return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
        case "number_value":
            return _number(value.number_value)
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return _decode_map(value.struct_value)
        case "list_value":
            return [_decode_value(item) for item in value.list_value.values]
        case _:
            return None


def _decode_map(struct: Struct) -> Any:
    fields = struct.fields
    if SIGNATURE_KEY in fields and fields[SIGNATURE_KEY].string_value == SECRET_SIGNATURE:
        return Secret(_decode_value(fields["value"]) if "value" in fields else None)
    return {name: _decode_value(item) for name, item in fields.items()}


def _number(value: float) -> int | float:
    return int(value) if math.isfinite(value) and value.is_integer() else value


def _encode_value(value: Any, *, keep_secrets: bool) -> Value:  # noqa: PLR0911 - one return a kind
    match value:
        case None:
            return Value(null_value=NULL_VALUE)
        case bool():
            return Value(bool_value=value)
        case str():
            return Value(string_value=value)
        case int() | float():
            return Value(number_value=value)
        case Secret():
            return _encode_secret(value, keep_secrets=keep_secrets)
        case dict():
            return Value(struct_value=encode(value, keep_secrets=keep_secrets))
        case list() | tuple():
            items = [_encode_value(item, keep_secrets=keep_secrets) for item in value]
            return Value(list_value=ListValue(values=items))
        case _ if value is UNKNOWN:
            return Value(string_value=UNKNOWN_TEXT)
        case _:
            raise TypeError(type(value).__name__)


def _encode_secret(secret: Secret, *, keep_secrets: bool) -> Value:
    # A secret around nothing goes as nothing: the SDK cannot take the wrapped form.
    if not keep_secrets or secret.value is None:
        return _encode_value(secret.value, keep_secrets=keep_secrets)
    wrapped = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": secret.value}
    return Value(struct_value=encode(wrapped))
