"""What can be said of an expression without a database: whether it is always true, and whether the row matters."""

import operator
from collections.abc import Callable
from typing import Any, Final

from pglast import ast
from pglast.enums import A_Expr_Kind, BoolExprType, BoolTestType

from infra.checks.columns import own_columns
from infra.models.expressions import canonical_tree

_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TRUE_WORDS: Final = frozenset({"t", "true", "y", "yes", "on", "1"})


def is_always_true(tree: ast.Node) -> bool:
    """Whether the expression is true for every row, or for every row without nulls."""
    return _truth(tree) is True


def is_same_for_every_row(tree: ast.Node) -> bool:
    """Whether the expression's value cannot depend on the row, though it may on the caller."""
    return _truth(tree) is None and not own_columns(tree)


def _truth(node: Any) -> bool | None:  # noqa: PLR0911 - one return a kind of node
    match node:
        case ast.A_Const(val=ast.Boolean(boolval=value)):
            return bool(value)
        case ast.TypeCast(arg=ast.A_Const(val=ast.String(sval=word)), typeName=ast.TypeName() as kind) if _is_boolean(
            kind
        ):
            return str(word).lower() in _TRUE_WORDS
        case ast.TypeCast(arg=argument):
            return _truth(argument)
        case ast.BoolExpr():
            return _connected(node)
        case ast.BooleanTest(arg=argument, booltesttype=kind):
            return _tested(_truth(argument), positive=kind in {BoolTestType.IS_TRUE, BoolTestType.IS_NOT_FALSE})
        case ast.A_Expr():
            return _compared(node)
        case ast.SubLink(subselect=ast.SelectStmt(fromClause=None, whereClause=None, targetList=(target,))):
            return _truth(target.val)
        case ast.CoalesceExpr(args=(first, *_)):
            return _truth(first)
        case _:
            return None


def _is_boolean(kind: ast.TypeName) -> bool:
    return (kind.names or ())[-1].sval in {"bool", "boolean"}


def _connected(node: ast.BoolExpr) -> bool | None:
    truths = [_truth(argument) for argument in node.args or ()]
    if node.boolop == BoolExprType.NOT_EXPR:
        return None if truths[0] is None else not truths[0]
    decisive = node.boolop == BoolExprType.OR_EXPR
    if decisive in truths or _holds_its_opposite(node):
        return decisive
    return None if None in truths else not decisive


def _holds_its_opposite(node: ast.BoolExpr) -> bool:
    arguments = node.args or ()
    negated = [item.args[0] for item in arguments if isinstance(item, ast.BoolExpr) and _negates(item) and item.args]
    return not {canonical_tree(item) for item in negated}.isdisjoint(map(canonical_tree, arguments))


def _negates(node: ast.BoolExpr) -> bool:
    return bool(node.boolop == BoolExprType.NOT_EXPR)


def _tested(truth: bool | None, *, positive: bool) -> bool | None:  # noqa: FBT001 - the value is the subject
    return None if truth is None else truth == positive


def _compared(node: ast.A_Expr) -> bool | None:
    name = str((node.name or (ast.String(sval=""),))[-1].sval)
    same = canonical_tree(node.lexpr) == canonical_tree(node.rexpr)
    match node.kind:
        case A_Expr_Kind.AEXPR_NOT_DISTINCT | A_Expr_Kind.AEXPR_DISTINCT if same:
            return bool(node.kind == A_Expr_Kind.AEXPR_NOT_DISTINCT)
        case A_Expr_Kind.AEXPR_OP if same and name in {"=", "<=", ">="}:
            return True
        case A_Expr_Kind.AEXPR_OP if name in _COMPARISONS:
            return _compared_constants(name, _constant(node.lexpr), _constant(node.rexpr))
        case A_Expr_Kind.AEXPR_IN if name == "=":
            own, listed = canonical_tree(node.lexpr), node.rexpr if isinstance(node.rexpr, tuple) else ()
            return True if any(canonical_tree(item) == own for item in listed) else None
        case _:
            return None


def _compared_constants(name: str, one: Any, other: Any) -> bool | None:
    if one is None or type(one) is not type(other):
        return None
    return _COMPARISONS[name](one, other)


def _constant(node: Any) -> Any:
    match node:
        case ast.A_Const(val=ast.Integer(ival=value)):
            return int(value or 0)
        case ast.A_Const(val=ast.String(sval=value)):
            return str(value)
        case ast.A_Const(val=ast.Boolean(boolval=value)):
            return bool(value)
        case _:
            return None
