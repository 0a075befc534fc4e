"""The column by which a policy finds the caller's rows has an index: every query of the caller looks there."""

from typing import Any

from pglast import ast
from pglast.enums import A_Expr_Kind, BoolExprType

from infra.checks.columns import own_columns
from infra.checks.indexing import fronts
from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.definition import Definition
from infra.models.expressions import parse_expression
from infra.models.policy import Policy


def find(definition: Definition) -> list[RolloutError]:
    """Return an error for each policy whose owner tests no index serves."""
    return [error for policy in definition.policies if policy.using for error in _find_in(policy, definition)]


def _find_in(policy: Policy, definition: Definition) -> list[RolloutError]:
    leading = {front[0] for front in fronts(definition, definition.table(policy.relation))}
    columns = _unserved(parse_expression(policy.using or ""), leading) or ()
    return [
        RolloutError(
            RULE.code,
            f"{policy.identity}.using",
            f"no index starts with the column by which it finds the caller's rows ({column})",
            allowed="an index on the whole table that starts with it",
            fix=f"add an index on {policy.relation} ({column})",
        )
        for column in columns
    ]


def _unserved(node: Any, leading: set[str]) -> list[str] | None:
    """Return the compared columns that no index serves, or None where nothing is compared with the caller."""
    if isinstance(node, ast.BoolExpr) and node.boolop != BoolExprType.NOT_EXPR:
        found = [part for part in (_unserved(argument, leading) for argument in node.args or ()) if part is not None]
        if not found:
            return None
        # Of tests joined by AND one index is enough; of tests joined by OR each needs its own.
        served = node.boolop == BoolExprType.AND_EXPR and [] in found
        return [] if served else [column for part in found for column in part]
    column = _compared_column(node)
    return None if column is None else [column] * (column not in leading)


def _compared_column(node: Any) -> str | None:
    if not isinstance(node, ast.A_Expr) or node.kind not in {A_Expr_Kind.AEXPR_OP, A_Expr_Kind.AEXPR_OP_ANY}:
        return None
    if [name.sval for name in node.name or ()] != ["="]:
        return None
    for side, other in ((node.lexpr, node.rexpr), (node.rexpr, node.lexpr)):
        if isinstance(side, ast.ColumnRef) and not isinstance(other, ast.A_Const) and not own_columns(other):
            return str((side.fields or ())[-1].sval)
    return None


RULE = Rule("DEF010", "policy_column_indexed", Definition, find)
