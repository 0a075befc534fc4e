"""A policy calls a function that looks at no column once a statement, in a sub-select, not once a row."""

from functools import lru_cache
from typing import Any

from pglast import ast
from pglast.enums import SubLinkType
from pglast.stream import RawStream

from infra.checks.columns import all_columns
from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.expressions import parse_anew
from infra.models.policy import Policy


def find(policy: Policy) -> list[RolloutError]:
    """Return an error for each clause with such a call, and the clause as it should be."""
    clauses = (("using", policy.using), ("check", policy.check))
    return [error for field, text in clauses if text is not None for error in _find_in(policy, field, text)]


@lru_cache(maxsize=1024)
def rewrite(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the expression with every such call wrapped, and the calls as they stood."""
    calls: list[str] = []
    tree = _wrap(parse_anew(text), calls, once=False)
    return str(RawStream()(tree)), tuple(calls)


def _find_in(policy: Policy, field: str, text: str) -> list[RolloutError]:
    wrapped, calls = rewrite(text)
    if not calls:
        return []
    return [
        RolloutError(
            RULE.code,
            f"{policy.identity}.{field}",
            f"called once a row instead of once a statement ({', '.join(calls)})",
            allowed="a call in a sub-select of its own, or one with a column as argument",
            fix=f"write {wrapped}",
        )
    ]


def _wrap(node: Any, calls: list[str], *, once: bool) -> Any:
    """Return the node with calls wrapped; `once` says that it stands where PostgreSQL evaluates it once."""
    match node:
        case ast.FuncCall() if not once and not node.agg_star and not all_columns(node):
            calls.append(str(RawStream()(node)))
            return _once(node)
        case ast.RangeFunction():
            return node
        case ast.SelectStmt():
            return _wrap_fields(node, calls, once=not node.fromClause)
        case ast.Node():
            return _wrap_fields(node, calls, once=once)
        case tuple():
            return tuple(_wrap(item, calls, once=once) for item in node)
        case _:
            return node


def _wrap_fields(node: Any, calls: list[str], *, once: bool) -> Any:
    for name in tuple(node.__slots__):
        value = getattr(node, name, None)
        if isinstance(value, ast.Node | tuple):
            setattr(node, name, _wrap(value, calls, once=once))
    return node


def _once(call: ast.FuncCall) -> ast.SubLink:
    query = ast.SelectStmt(targetList=(ast.ResTarget(val=call),))
    return ast.SubLink(subLinkType=SubLinkType.EXPR_SUBLINK, subselect=query)


RULE = Rule("SEC016", "policy_calls_once", Policy, find)
