"""Reading a column's default from the server's spelling of it."""

from decimal import Decimal
from typing import Any, Final, get_args

from pglast import ast

from infra.errors import RolloutError
from infra.models.expressions import parse_expression
from infra.models.table import Default, DefaultFunction

_FUNCTIONS: Final = {name.replace("pg_catalog.", ""): name for name in get_args(DefaultFunction)}


def read_default(text: str | None) -> Default | None:
    """Return the default that the server spells like this: a literal or an allowed function if it is one, else SQL."""
    if text is None:
        return None
    bare = text.replace("pg_catalog.", "")
    if bare in _FUNCTIONS:
        return Default(function=_FUNCTIONS[bare])
    try:
        literal = _literal(parse_expression(text))
    except RolloutError:
        literal = None
    return Default(unsafe_sql=text) if literal is None else Default(literal=literal)


def _literal(node: Any) -> str | bool | int | float | None:
    while isinstance(node, ast.TypeCast):
        node = node.arg
    if not isinstance(node, ast.A_Const) or node.isnull:
        return None
    match node.val:
        case ast.String(sval=value) | ast.Boolean(boolval=value) | ast.Integer(ival=value):
            return value
        case ast.Float(fval=value):
            return _number(str(value))
    return None


def _number(text: str) -> int | float:
    exact = Decimal(text)
    return int(exact) if exact == exact.to_integral_value() else float(exact)
