"""Names and literals come back from PostgreSQL's own parser as they went in, or are refused."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pglast import ast, parse_sql

from infra.errors import RolloutError
from infra.identifiers import (
    MAX_BYTES,
    OWN_NAME,
    bounded_name,
    own_name,
    quote_identifier,
    quote_literal,
    quote_qualified,
)

ANY_TEXT = st.text(st.characters(exclude_categories=()))
OWN_NAMES = st.from_regex(OWN_NAME, fullmatch=True)
VALUES = st.one_of(st.text(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none())


def _target(sql: str) -> ast.Node:
    (statement,) = parse_sql(sql)
    assert isinstance(statement.stmt, ast.SelectStmt)
    (target,) = statement.stmt.targetList or ()
    assert statement.stmt.fromClause is None
    node: ast.Node = target.val
    return node


@given(ANY_TEXT)
def test_a_quoted_name_is_one_name(name: str) -> None:
    """Quotes, semicolons, comments and line ends inside a name stay inside it; what cannot be a name is refused."""
    quoted, code = _try(quote_identifier, name)
    if quoted is None:
        assert code == "DEF001"
        assert not name or "\x00" in name or len(name.encode(errors="replace")) > MAX_BYTES or not _encodes(name)
        return
    node = _target(f"SELECT {quoted}")
    assert isinstance(node, ast.ColumnRef)
    assert [part.sval for part in node.fields or ()] == [name]


def _try(make: Callable[[Any], str], value: object) -> tuple[str | None, str]:
    """Return what is made of the value, or None and the code of the refusal."""
    try:
        return make(value), ""
    except RolloutError as error:
        return None, error.code


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize("word", ["user", "order", "select", "table", "Creators", 'a"b', "a;b", "a--b", "é" * 31])
def test_words_and_signs_are_quoted(word: str) -> None:
    """Line 22: reserved words, and capitals that PostgreSQL would fold, keep their spelling in double quotes."""
    assert quote_identifier(word) == '"' + word.replace('"', '""') + '"'


@pytest.mark.parametrize("name", ["", "a\x00b", "a" * 64, "é" * 32, "\ud800"])
def test_what_postgresql_would_cut_or_refuse_is_refused(name: str) -> None:
    """Line 20: a name is measured in bytes, before PostgreSQL cuts it with no more than a notice."""
    with pytest.raises(RolloutError, match="DEF001"):
        quote_identifier(name)


def test_qualified_names_are_quoted_by_part() -> None:
    assert quote_qualified("public.order") == '"public"."order"'


@given(VALUES)
def test_a_literal_is_its_value(value: object) -> None:
    """No text ends its own quotes: the parser reads one constant, with the value that was given."""
    literal, code = _try(quote_literal, value)
    if literal is None:
        assert code == "DEF002"
        assert "\x00" in str(value)
        return
    assert _constant(_target(f"SELECT {literal}")) == value


def _constant(node: Any) -> object:
    if isinstance(node, ast.A_Expr):
        negated = _constant(node.rexpr)
        assert node.name is not None
        assert node.name[0].sval == "-"
        assert isinstance(negated, int | float)
        return -negated
    assert isinstance(node, ast.A_Const)
    match node.val:
        case ast.Boolean(boolval=value):
            return bool(value)
        case ast.Integer(ival=value):
            return value or 0
        case ast.Float(fval=text):
            return float(text or 0) if set(text or "") & set(".eE") else int(text or 0)
        case ast.String(sval=text):
            return text
        case _:
            assert node.isnull
            return None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "\x00", "\ud800", [], {}, b"x", object()])
def test_what_has_no_literal_is_refused(value: object) -> None:
    with pytest.raises(RolloutError, match="DEF002"):
        quote_literal(value)


@given(st.lists(OWN_NAMES, min_size=1, max_size=4), st.sampled_from(["idx", "key", "fkey", "check"]))
def test_a_bounded_name_fits_and_keeps_its_end(parts: list[str], suffix: str) -> None:
    name = bounded_name(*parts, suffix=suffix)
    assert len(name.encode()) <= MAX_BYTES
    assert name.endswith(f"_{suffix}")
    quote_identifier(name)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_a_bounded_name_is_measured_in_bytes(parts: list[str]) -> None:
    assert len(bounded_name(*parts, suffix="idx").encode()) <= MAX_BYTES


def test_bounded_names_that_were_cut_differ() -> None:
    """Line 20: two long names that share their beginning do not meet."""
    one, other = (bounded_name("a" * 60, end, suffix="idx") for end in ("one", "two"))
    assert one != other
    assert {len(one), len(other)} == {MAX_BYTES}


@given(ANY_TEXT)
def test_own_names_are_plain(name: str) -> None:
    """Lines 19 and 26: what is no plain lower-case name is refused, never folded."""
    made, code = _try(own_name, name)
    if made is None:
        assert code == "DEF001"
    else:
        assert made == name
        assert name.isascii()
        assert name == name.lower()
        assert name.replace("_", "a").isalnum()
