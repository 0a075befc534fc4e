"""Parsing refuses what is not one expression; the comparing form is blind to spelling and to nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pglast.stream import RawStream

from infra.errors import RolloutError
from infra.models.expressions import (
    canonical,
    columns_of,
    equal_expressions,
    equal_queries,
    parse_bounds,
    parse_expression,
    parse_query,
)

_ATOMS = st.sampled_from(
    ("a", "b", "t.c", "1", "-1", "0", "1.5", "'x'", "'it''s'", "true", "NULL", "'1'::integer", "(SELECT auth.uid())")
)


def _compose(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(("=", "<>", "<", "+", "||", "->>")), inner),
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("(NOT {})".format, inner),
        st.builds("({} IS NULL)".format, inner),
        st.builds("({} IN ({}, {}))".format, inner, inner, inner),
        st.builds("({} NOT IN ({}, {}))".format, inner, inner, inner),
        st.builds("coalesce({}, {})".format, inner, inner),
        st.builds("(CASE WHEN {} THEN {} END)".format, inner, inner),
        st.builds("({} = ANY (ARRAY(SELECT p.id FROM p WHERE {})))".format, inner, inner),
        st.builds("EXISTS (SELECT 1 FROM p WHERE {})".format, inner),
    )


EXPRESSIONS = st.recursive(_ATOMS, _compose, max_leaves=8)


@given(EXPRESSIONS)
def test_canonical_is_blind_to_layout_and_parentheses(text: str) -> None:
    """The parser's own printing of an expression, and more parentheses and line ends, compare as equal."""
    assert canonical(RawStream()(parse_expression(text))) == canonical(text)
    assert canonical(f"(({text}))") == canonical(text)
    assert canonical(text.replace(" ", "\n  ")) == canonical(text)


@given(EXPRESSIONS)
def test_canonical_sees_a_negation(text: str) -> None:
    assert canonical(f"NOT ({text})") != canonical(text)
    assert canonical(f"({text}) OR true") != canonical(text)


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """Nothing that a person writes brings more than a named error, and comparing brings none."""
    assert equal_expressions(text, text)
    for parse in (parse_expression, parse_query, parse_bounds):
        try:
            parse(text)
        except RolloutError as error:
            assert error.code == "DEF002"  # noqa: PT017 - most texts are refused, and some are not


@given(
    EXPRESSIONS, st.sampled_from((") OR (", "); SELECT (", ") OFFSET (", ") UNION SELECT (", ", ", ") FROM t WHERE ("))
)
def test_an_expression_cannot_be_closed_and_opened_again(text: str, joint: str) -> None:
    """What leaves the parentheses in which an expression is put is never taken for one expression."""
    with pytest.raises(RolloutError, match="DEF002"):
        parse_expression(f"{text}{joint}{text}")


@pytest.mark.parametrize(
    ("ours", "stored"),
    [
        ("a IN ('x', 'y')", "(a = ANY (ARRAY['x'::text, 'y'::text]))"),
        ("a NOT IN (1, 2)", "(a <> ALL (ARRAY[1, 2]))"),
        ("a >= 0 AND a <= 100", "((a >= 0) AND (a <= 100))"),
        ("a >= 0 AND a <= 100", "((a >= (0)::numeric) AND (a <= (100)::numeric))"),
        ("user_id = (SELECT auth.uid())", "(user_id = ( SELECT auth.uid() AS uid))"),
        ("a AND b AND c", "((a AND b) AND c)"),
        ("pg_catalog.lower(a) = 'x'", "(lower(a) = 'x'::text)"),
    ],
)
def test_equal_spellings(ours: str, stored: str) -> None:
    assert equal_expressions(ours, stored)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a IN (1, 2)", "a IN (1, 3)"),
        ("a IN (1, 2)", "a NOT IN (1, 2)"),
        ("a = ANY (ARRAY[1, 2])", "a = ALL (ARRAY[1, 2])"),
        ("a = 1", "a = '1'"),
        ("a = 0", "a = false"),
        ("a = 1", "a = true"),
        ("a AND b", "a OR b"),
        ("a = (SELECT auth.uid())", "a = auth.uid()"),
        ("a = (SELECT auth.uid())", "a = (SELECT uid())"),
        ("public.f(a)", "f(a)"),
        ("a::text = 'x'", "a = 'x'"),
        ("EXISTS (SELECT 1 FROM p)", "NOT EXISTS (SELECT 1 FROM p)"),
        ("EXISTS (SELECT 1 FROM p WHERE p.a)", "EXISTS (SELECT 1 FROM p)"),
        ("a IS NULL", "a IS NOT NULL"),
        ("count(*) > 1", "count(DISTINCT a) > 1"),
    ],
)
def test_unequal_expressions(one: str, other: str) -> None:
    assert not equal_expressions(one, other)


def test_nothing_equals_only_nothing() -> None:
    assert equal_expressions(None, None)
    assert not equal_expressions(None, "true")


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("SELECT a FROM t", "SELECT a AS a\nFROM t;", True),
        ("SELECT t.a FROM public.t AS t", "SELECT t.a FROM public.t t", True),
        ("SELECT count(*) FROM t", "SELECT pg_catalog.count(*) AS count FROM t", True),
        ("SELECT a FROM t", "SELECT a AS b FROM t", False),
        ("SELECT x FROM (SELECT a AS x, b AS y FROM t) s", "SELECT x FROM (SELECT a AS y, b AS x FROM t) s", False),
        ("SELECT a FROM t LIMIT 1", "SELECT a FROM t", False),
        ("SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY a DESC", False),
        ("SELECT a FROM t", "SELECT DISTINCT a FROM t", False),
    ],
)
def test_queries(one: str, other: str, *, equal: bool) -> None:
    """The names of a view's columns are part of what it is, unlike those of a sub-select in an expression."""
    assert equal_queries(one, other) is equal


def test_columns_are_those_outside_sub_selects() -> None:
    assert columns_of(parse_expression("a = 1 AND t.b = ANY (ARRAY(SELECT p.c FROM p))")) == {"a", "b"}
