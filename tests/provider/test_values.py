"""Values on the wire and back."""

from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import rpc

from infra.errors import RolloutError
from infra.provider import values
from infra.provider.handler import UNKNOWN
from infra.provider.values import SENTINEL, SIGNATURE, decode, encode
from tests.provider.serving import secret, struct


def test_signatures_are_those_of_the_sdk() -> None:
    """Our copies of the protocol's magic strings are the SDK's own."""
    theirs = (
        rpc._special_sig_key,
        rpc._special_secret_sig,
        rpc._special_output_value_sig,
        rpc._special_resource_sig,
        rpc._special_asset_sig,
        rpc._special_archive_sig,
        rpc.UNKNOWN,
    )
    ours = (SIGNATURE, values.SECRET, values.OUTPUT, values.RESOURCE, values.ASSET, values.ARCHIVE, SENTINEL)
    assert ours == theirs


#: As the engine's Go code has them: string, bool, number, array, asset, archive, object.
ENGINES_SENTINELS = (
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
)


@pytest.mark.parametrize("sentinel", ENGINES_SENTINELS)
def test_unknowns_of_every_type_decode(sentinel: str) -> None:
    """An unknown arrives as UNKNOWN, not as the string that stands for it (fault 1 of the SDK's own provider)."""
    decoded = decode(struct({"a": sentinel, "b": [{"c": sentinel}]}))
    assert decoded.properties == {"a": UNKNOWN, "b": [{"c": UNKNOWN}]}


def test_unknown_goes_back_in_a_preview_and_nowhere_else() -> None:
    """An unknown leaves as the sentinel for a preview; for a real change it is an error."""
    assert encode({"a": UNKNOWN}, preview=True)["a"] == SENTINEL
    with pytest.raises(RolloutError, match=r"PRV003 tags\[0\]\.key: .*unknown"):
        encode({"tags": [{"key": UNKNOWN}]})


def test_whole_numbers_are_integers_again() -> None:
    """The wire has doubles only; whole ones are integers, others and those beyond exactness stay floats."""
    decoded = decode(struct({"a": 3.0, "b": -0.0, "c": 1.5, "d": 2.0**53, "e": 1e300, "f": True})).properties
    assert [(value, type(value)) for value in decoded.values()] == [
        (3, int),
        (0, int),
        (1.5, float),
        (2**53, int),
        (1e300, float),
        (True, bool),
    ]


def test_integers_beyond_a_double_are_refused() -> None:
    """A number that would change on the way is an error, not another number."""
    with pytest.raises(RolloutError, match="PRV003 big: the number is too large"):
        encode({"big": 2**53 + 1})


def test_secrets_are_unwrapped_and_remembered() -> None:
    """Secrets decode to plain values, nested and around null or an unknown too, and their paths are kept."""
    decoded = decode(
        struct(
            {
                "top": secret("x"),
                "around": secret({"in": secret("y")}),
                "null": secret(None),
                "unknown": secret(SENTINEL),
                "list": [{"key": secret(1.0)}],
                "bare": {SIGNATURE: values.SECRET},
            }
        )
    )
    assert decoded.properties == {
        "top": "x",
        "around": {"in": "y"},
        "null": None,
        "unknown": UNKNOWN,
        "list": [{"key": 1}],
        "bare": None,
    }
    assert decoded.secrets == {
        ("top",),
        ("around",),
        ("around", "in"),
        ("null",),
        ("unknown",),
        ("list", 0, "key"),
        ("bare",),
    }


def test_secrets_leave_as_secrets() -> None:
    """What is at a secret path is wrapped again, once; null stays null, as the engine has it."""
    sent = encode(
        {"top": "x", "around": {"in": "y"}, "null": None, "later": UNKNOWN},
        [("top",), ("around",), ("around", "in"), ("null",), ("later",)],
        preview=True,
    )
    expected = {"top": secret("x"), "around": secret({"in": "y"}), "null": None, "later": secret(SENTINEL)}
    assert sent == struct(expected)


def test_a_secret_in_a_list_hides_the_list() -> None:
    """A handler may sort a list, so a secret within moves: the whole list leaves as a secret."""
    sent = encode({"entries": [{"a": "plain"}, {"a": "hidden"}]}, [("entries", 0, "a")])
    assert sent == struct({"entries": secret([{"a": "plain"}, {"a": "hidden"}])})


@pytest.mark.parametrize(
    ("signature", "name"),
    [(values.ASSET, "an asset"), (values.ARCHIVE, "an archive"), ("?", "a value of unknown")],
)
def test_assets_and_archives_are_refused(signature: str, name: str) -> None:
    """What this provider cannot use is named, with its path."""
    with pytest.raises(RolloutError, match=rf"PRV001 body\[0\]: {name}.*Fix: pass the text itself"):
        decode(struct({"body": [{SIGNATURE: signature, "text": "x"}]}))


@pytest.mark.parametrize(
    ("sent", "expected", "hidden"),
    [
        ({"value": "x", "secret": True, "dependencies": ["urn"]}, "x", True),
        ({"value": "x"}, "x", False),
        ({"secret": True}, UNKNOWN, True),
        ({}, UNKNOWN, False),
        ({"value": secret("x")}, "x", True),
    ],
)
def test_output_values(sent: dict[str, Any], expected: Any, hidden: bool) -> None:  # noqa: FBT001 - a parameter
    """An output is its value, or unknown without one; without dependencies or secrecy too."""
    decoded = decode(struct({"a": {SIGNATURE: values.OUTPUT, **sent}}))
    assert decoded.properties == {"a": expected}
    assert decoded.secrets == ({("a",)} if hidden else frozenset())


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"id": "i"}, "i"),
        ({"id": ""}, UNKNOWN),
        ({"id": SENTINEL}, UNKNOWN),
        ({}, "urn:x"),
    ],
)
def test_resource_references(sent: dict[str, Any], expected: Any) -> None:
    """A resource is its id, unknown before it has one; a component, which has none, is its URN."""
    assert decode(struct({"a": {SIGNATURE: values.RESOURCE, "urn": "urn:x", **sent}})).properties == {"a": expected}


def test_what_the_wire_cannot_carry_is_named() -> None:
    """A handler's mistake says where it is."""
    with pytest.raises(RolloutError, match=r'PRV003 a\["b.c"\]: a set cannot be sent'):
        encode({"a": {"b.c": set()}})


def test_marking_keeps_the_spelling() -> None:
    """Inputs are echoed as they came; a named property that was plain becomes secret, null and secrets stay."""
    given = struct({"password": "x", "other": {"n": 1.0}, "again": secret("y"), "none": None})
    marked = values.mark_secrets(given, ["password", "again", "none", "absent"])
    assert marked == struct({"password": secret("x"), "other": {"n": 1.0}, "again": secret("y"), "none": None})
    assert given["password"] == "x"


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.dictionaries(st.text(), plain, max_size=4), st.booleans())
def test_there_and_back(properties: dict[str, Any], hide: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """Whatever a handler returns arrives again as it was, secret or not."""
    paths = {(key,) for key, value in properties.items() if hide and value is not None}
    wire = Struct.FromString(encode(properties, paths).SerializeToString())
    decoded = decode(wire)
    assert decoded.properties == properties
    assert decoded.secrets == paths
