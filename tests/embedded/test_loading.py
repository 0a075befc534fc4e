"""What stands in a stack file without quotes means the same to either engine."""

import math
from typing import Any

import pytest

from infra.embedded.loading import load_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("off", "off"),
        ("n", "n"),
        ("2030-12-31", "2030-12-31"),
        ("2030-12-31 10:00:00", "2030-12-31 10:00:00"),
        ("12:30", "12:30"),
        ("1:20.5", "1:20.5"),
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ("0x10", 16),
        ("010", 8),
        ("1_000", 1000),
        ("09", 9.0),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("1.2.3", "1.2.3"),
        ("6f1b", "6f1b"),
        ("~", None),
        ("", None),
        ("{2: 5}", {2: 5}),
    ],
)
def test_a_word_or_number_without_quotes(text: str, value: Any) -> None:
    """As yaml.v3 reads it for Pulumi's CLI."""
    found = load_yaml(f"key: {text}")["key"]
    assert (found, type(found)) == (value, type(value))


def test_a_number_that_is_none() -> None:
    assert math.isnan(load_yaml("key: .nan")["key"])


def test_an_anchor_is_what_it_stands_for() -> None:
    assert load_yaml("a: &a [1]\nb: *a") == {"a": [1], "b": [1]}
