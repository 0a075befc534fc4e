"""Which tables an expression or a query reads, so that they stand before what mentions them."""

from typing import Any

from pglast import ast
from pglast.visitors import Visitor

from infra.models.bodies import parse_body
from infra.models.expressions import parse_expression, parse_query
from infra.models.function import Function


def tables_in_expression(text: str | None) -> frozenset[str]:
    """Return the tables of an expression's sub-selects, as ``schema.name``."""
    return _tables(parse_expression(text)) if text else frozenset()


def tables_in_query(text: str) -> frozenset[str]:
    """Return the tables and views that a query reads, as ``schema.name``."""
    return _tables(parse_query(text))


def tables_in_body(function: Function) -> frozenset[str]:
    """Return the tables and views that an SQL function reads or writes; one in PL/pgSQL is looked into by no one."""
    return frozenset().union(*map(_tables, parse_body(function.language, function.body)))


def _tables(tree: ast.Node) -> frozenset[str]:
    visitor = _Relations()
    visitor(tree)
    return frozenset(visitor.found)


class _Relations(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def visit_RangeVar(self, _ancestors: Any, node: ast.RangeVar) -> None:  # noqa: N802 - pglast's protocol
        self.found.add(f"{node.schemaname}.{node.relname}")
