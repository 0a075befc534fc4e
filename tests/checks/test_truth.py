"""What is always true is found however it is written, and what depends on the row or the caller is left alone."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.checks.truth import constant_truth
from infra.models.expressions import parse_expression
from tests.cluster_state import Connection
from tests.clusters import Database

DEPENDS: Final = (
    "a",
    "NOT a",
    "x = 1",
    "x = y",
    "x = 1 OR y <> 1",
    "x = 1 OR x = 2",
    "x < 1 OR x > 1",
    "x <= 1 OR x = 1",
    "x = 1 AND x <> 2",
    "a OR NOT b",
    "a IS NULL OR b IS NOT NULL",
    "x IS NULL",
    "t LIKE 'x%'",
    "t LIKE '%x'",
    "t ~ 'x'",
    "t LIKE 'x%' OR t NOT LIKE 'y%'",
    "x IN (1, 2) OR x NOT IN (1, 3)",
    "x = ANY (ARRAY[1, 2])",
    "x BETWEEN 1 AND 3 OR x > 3",
    "CASE WHEN a THEN true ELSE false END",
    "CASE WHEN a THEN true END",
    "CASE x WHEN 1 THEN true ELSE false END",
    "COALESCE(a, true)",
    "EXISTS (SELECT 1 FROM pg_class)",
    "(SELECT a)",
)
NEVER: Final = (
    "false",
    "a AND NOT a",
    "x <> x",
    "x < 1 AND x >= 1",
    "NOT (a OR NOT a)",
    "1 = 2",
    "'f'::bool",
    "CASE WHEN a THEN false END",
    "t NOT LIKE '%'",
    "1 IS NULL",
)


@pytest.mark.parametrize("text", DEPENDS)
def test_what_depends(text: str) -> None:
    assert constant_truth(parse_expression(text)) is None


@pytest.mark.parametrize("text", NEVER)
def test_what_is_never_true(text: str) -> None:
    assert constant_truth(parse_expression(text)) is False


def test_a_column_without_nulls_is_known_by_its_table() -> None:
    tree = parse_expression("x IS NOT NULL")
    assert constant_truth(tree) is None
    assert constant_truth(tree, frozenset({"x"})) is True


def test_too_many_variables_are_left_alone() -> None:
    """Only what is true whatever they are is found then."""
    many = " OR ".join(f"c{number}" for number in range(40))
    assert constant_truth(parse_expression(f"{many} OR NOT c0")) is None
    assert constant_truth(parse_expression(f"{many} OR true")) is True


_COMPARED: Final = ("x = 1", "x <> 1", "1 < x", "x >= 1", "x = y", "y < x", "x IN (1, 2)", "x NOT IN (1, 2)")
_TESTED: Final = ("a", "b", "a IS TRUE", "a IS NOT TRUE", "x IS NULL", "x IS NOT NULL", "x BETWEEN 1 AND y")
_LEAVES: Final = st.sampled_from((*_COMPARED, *_TESTED, "true", "false"))
_EXPRESSIONS: Final = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("({0[0]} OR {0[1]})".format),
        st.tuples(inner, inner).map("({0[0]} AND {0[1]})".format),
        inner.map("(NOT {})".format),
        st.tuples(inner, inner, inner).map("CASE WHEN {0[0]} THEN {0[1]} ELSE {0[2]} END".format),
    ),
    max_leaves=8,
)


def test_it_agrees_with_the_server(database18: Database) -> None:
    """Whatever is said to be constant is that for every row without nulls that a table could hold."""
    with database18.connect() as connection:

        @given(_EXPRESSIONS)
        def agree(text: str) -> None:
            truth = constant_truth(parse_expression(text), frozenset("abxy"))
            if truth is not None:
                assert _seen(connection, text) == {truth}

        agree()


def _seen(connection: Connection, text: str) -> set[bool]:
    rows = "VALUES (true), (false)"
    numbers = "generate_series(0, 3)"
    query = f"SELECT DISTINCT {text} FROM ({rows}) AS p (a), ({rows}) AS q (b), {numbers} AS x, {numbers} AS y"  # noqa: S608 - made above
    return {value for (value,) in connection.execute(query.encode())}
