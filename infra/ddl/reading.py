"""Which tables a text of SQL names: PostgreSQL locks them while it reads the text."""

from typing import Any

from pglast import ast
from pglast.visitors import Visitor

from infra.models.bodies import parse_body
from infra.models.expressions import parse_expression, parse_query
from infra.models.function import Function
from infra.models.policy import Policy
from infra.models.view import View


class _Relations(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.named: dict[str, None] = {}
        self.written: dict[str, None] = {}

    def visit_RangeVar(self, _ancestors: Any, node: ast.RangeVar) -> None:  # noqa: N802 - pglast's protocol
        # A name alone is a common table expression: nothing of ours is in the path. Whoever reads the catalog waits for
        # nobody, and nobody waits for him.
        if node.schemaname and node.schemaname != "pg_catalog":
            self.named[f"{node.schemaname}.{node.relname}"] = None

    def _change(self, _ancestors: Any, node: ast.InsertStmt | ast.UpdateStmt | ast.DeleteStmt) -> None:
        if node.relation is not None:
            self.written[f"{node.relation.schemaname}.{node.relation.relname}"] = None

    visit_InsertStmt = visit_UpdateStmt = visit_DeleteStmt = _change  # noqa: N815 - as above


def read_by_policy(policy: Policy) -> tuple[str, ...]:
    """Return the other tables that the policy's expressions name."""
    trees = [parse_expression(text) for text in (policy.using, policy.check) if text is not None]
    return tuple(name for name in _find(*trees).named if name != policy.relation)


def read_by_view(view: View) -> tuple[str, ...]:
    """Return the tables that the view's query names."""
    return tuple(_find(parse_query(view.query.strip().rstrip(";"))).named)


def touched_by_function(function: Function) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tables that the body reads and those that it writes; one of PL/pgSQL is not looked into until run."""
    found = _find(*parse_body(function.language, function.body)) if function.language == "sql" else _Relations()
    return tuple(name for name in found.named if name not in found.written), tuple(found.written)


def _find(*trees: ast.Node) -> _Relations:
    found = _Relations()
    for tree in trees:
        found(tree)
    return found
