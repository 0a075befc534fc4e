"""What can be said of an expression without a database: whether it is always true, and whether the row matters.

It is read as a formula whose variables are its comparisons and tests. Of a pair that is compared the one side is less,
equal or greater; everything else is true or false. What holds for every combination holds for every row without nulls.
"""

import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from typing import Any, Final

from pglast import ast
from pglast.enums import A_Expr_Kind, BoolExprType, BoolTestType, NullTestType, SubLinkType

from infra.checks.columns import SYSTEM_COLUMNS, own_columns
from infra.models.expressions import canonical_tree

_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_MATCHES: Final = {"!~": "~", "!~*": "~*", "!~~": "~~", "!~~*": "~~*"}
_TRUE_WORDS: Final = frozenset({"t", "true", "y", "yes", "on", "1"})
_MATCHES_ALL: Final = frozenset({"", "^", "$", ".*", "^.*", ".*$", "^.*$"})
_SIGNS: Final = (-1, 0, 1)
_TRUTHS: Final = (0, 1)
#: Beyond this many combinations an expression is taken to depend on the row.
_MOST: Final = 4096


def constant_truth(tree: ast.Node, never_null: frozenset[str] = SYSTEM_COLUMNS) -> bool | None:
    """Return what the expression is for every row without nulls, or None where that depends on the row or caller.

    Args:
        tree: the expression.
        never_null: the columns that hold no null in any row.
    """
    formula = _Formula(never_null)
    truth = formula.truth(tree)
    if truth is not None or math.prod(map(len, formula.domains.values())) > _MOST:
        return truth
    names = tuple(formula.domains)
    found = set()
    for values in product(*formula.domains.values()):
        found.add(_Formula(never_null, given=dict(zip(names, values, strict=True))).truth(tree))
        if len(found) > 1:
            return None
    return found.pop()


def is_same_for_every_row(tree: ast.Node) -> bool:
    """Whether the expression's value cannot depend on the row, though it may on the caller."""
    return constant_truth(tree) is None and not own_columns(tree)


def alternatives(tree: ast.Node) -> list[ast.Node]:
    """Return the parts of which one is enough."""
    if not isinstance(tree, ast.BoolExpr) or tree.boolop != BoolExprType.OR_EXPR:
        return [tree]
    return [part for argument in tree.args or () for part in alternatives(argument)]


@dataclass
class _Formula:
    """Reads an expression; a variable is None until it is `given`, and so is what hangs on it."""

    never_null: frozenset[str]
    given: dict[str, int] = field(default_factory=dict)
    domains: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """What each variable may be, gathered while reading."""

    def truth(self, node: Any) -> bool | None:  # noqa: PLR0911 - one return a kind of node
        match node:
            case ast.A_Const(val=ast.Boolean(boolval=value)):
                return bool(value)
            case ast.TypeCast(arg=ast.A_Const(val=ast.String(sval=word)), typeName=ast.TypeName() as kind) if (
                _is_boolean(kind)
            ):
                return str(word).lower() in _TRUE_WORDS
            case ast.TypeCast(arg=argument) | ast.CoalesceExpr(args=(argument, *_)):
                return self.truth(argument)
            case ast.BoolExpr():
                return self._connected(node)
            case ast.BooleanTest():
                return self._tested(node)
            case ast.NullTest():
                return self._null_tested(node)
            case ast.A_Expr():
                return self._operated(node)
            case ast.CaseExpr(arg=None):
                return self._cases(node)
            case ast.SubLink(subselect=ast.SelectStmt(fromClause=None, whereClause=None, targetList=(target,))):
                exists = node.subLinkType == SubLinkType.EXISTS_SUBLINK
                return True if exists else self.truth(target.val)
            case _:
                return self._unknown(canonical_tree(node))

    def _variable(self, name: str, domain: tuple[int, ...]) -> int | None:
        self.domains[name] = domain
        return self.given.get(name)

    def _unknown(self, name: str) -> bool | None:
        value = self._variable(name, _TRUTHS)
        return None if value is None else bool(value)

    def _connected(self, node: ast.BoolExpr) -> bool | None:
        truths = [self.truth(argument) for argument in node.args or ()]
        if node.boolop == BoolExprType.NOT_EXPR:
            return _negated(truths[0])
        return _joined(truths, decisive=bool(node.boolop == BoolExprType.OR_EXPR))

    def _tested(self, node: ast.BooleanTest) -> bool | None:
        kind = node.booltesttype
        if kind in {BoolTestType.IS_UNKNOWN, BoolTestType.IS_NOT_UNKNOWN}:
            null = self._unknown(f"{canonical_tree(node.arg)} is null")
            return null if kind == BoolTestType.IS_UNKNOWN else _negated(null)
        truth = self.truth(node.arg)
        return truth if kind in {BoolTestType.IS_TRUE, BoolTestType.IS_NOT_FALSE} else _negated(truth)

    def _null_tested(self, node: ast.NullTest) -> bool | None:
        null = False if self._holds_a_value(node.arg) else self._unknown(f"{canonical_tree(node.arg)} is null")
        return null if node.nulltesttype == NullTestType.IS_NULL else _negated(null)

    def _holds_a_value(self, node: Any) -> bool:
        match node:
            case ast.ColumnRef(fields=(*_, ast.String(sval=name))):
                return name in self.never_null
            case ast.A_Const():
                return not node.isnull
            case _:
                return False

    def _cases(self, node: ast.CaseExpr) -> bool | None:
        """Return the first result whose condition holds; where that is open, what all that may come agree on."""
        branches = [(self.truth(branch.expr), self.truth(branch.result)) for branch in node.args or ()]
        branches.append((True, self.truth(node.defresult) if node.defresult else False))
        decided = next(place for place, (condition, _) in enumerate(branches) if condition is True)
        results = {result for condition, result in branches[: decided + 1] if condition is not False}
        return results.pop() if len(results) == 1 else None

    def _operated(self, node: ast.A_Expr) -> bool | None:  # noqa: PLR0911 - one return a kind of operator
        name = str((node.name or (ast.String(sval=""),))[-1].sval)
        one, other = node.lexpr, node.rexpr
        match node.kind:
            case A_Expr_Kind.AEXPR_NOT_DISTINCT | A_Expr_Kind.AEXPR_DISTINCT:
                return self._compared("=" if node.kind == A_Expr_Kind.AEXPR_NOT_DISTINCT else "<>", one, other)
            case A_Expr_Kind.AEXPR_OP if name in _COMPARISONS and one is not None:
                return self._compared(name, one, other)
            case A_Expr_Kind.AEXPR_IN:
                return self._listed(one, other, positive=name == "=")
            case A_Expr_Kind.AEXPR_OP_ANY if name == "=" and isinstance(other, ast.A_ArrayExpr):
                return self._listed(one, other.elements or (), positive=True)
            case A_Expr_Kind.AEXPR_BETWEEN if isinstance(other, tuple):
                limits = zip((">=", "<="), other, strict=True)
                return _joined([self._compared(sign, one, limit) for sign, limit in limits], decisive=False)
            case A_Expr_Kind.AEXPR_OP | A_Expr_Kind.AEXPR_LIKE | A_Expr_Kind.AEXPR_ILIKE if one is not None:
                return self._matched(name, one, other)
            case _:
                return self._unknown(canonical_tree(node))

    def _compared(self, name: str, one: Any, other: Any) -> bool | None:
        left, right = canonical_tree(one), canonical_tree(other)
        if left == right:
            return _COMPARISONS[name](0, 0)
        known, limit = _constant(one), _constant(other)
        if known is not None and type(known) is type(limit):
            return _COMPARISONS[name](known, limit)
        if left > right:
            name, left, right = _MIRRORED.get(name, name), right, left
        sign = self._variable(f"{left} against {right}", _SIGNS)
        return None if sign is None else _COMPARISONS[name](sign, 0)

    def _listed(self, one: Any, items: Any, *, positive: bool) -> bool | None:
        found = _joined([self._compared("=", one, item) for item in items], decisive=True)
        return found if positive else _negated(found)

    def _matched(self, name: str, one: Any, other: Any) -> bool | None:
        positive = _MATCHES.get(name, name)
        pattern = _constant(other)
        if isinstance(pattern, str) and (
            (positive in {"~~", "~~*"} and set(pattern) == {"%"})
            or (positive in {"~", "~*"} and pattern in _MATCHES_ALL)
        ):
            found: bool | None = True
        else:
            found = self._unknown(f"{canonical_tree(one)} {positive} {canonical_tree(other)}")
        return found if positive == name else _negated(found)


def _is_boolean(kind: ast.TypeName) -> bool:
    return (kind.names or ())[-1].sval in {"bool", "boolean"}


def _negated(truth: bool | None) -> bool | None:  # noqa: FBT001 - the value is the subject
    return None if truth is None else not truth


def _joined(truths: Iterable[bool | None], *, decisive: bool) -> bool | None:
    """Return what is joined by OR (`decisive` is true) or by AND."""
    found = list(truths)
    if decisive in found:
        return decisive
    return None if None in found else not decisive


def _constant(node: Any) -> Any:
    match node:
        case ast.A_Const(val=ast.Integer(ival=value)):
            return Decimal(value or 0)
        case ast.A_Const(val=ast.Float(fval=value)):
            return Decimal(str(value))
        case ast.A_Const(val=ast.String(sval=value)):
            return str(value)
        case ast.A_Const(val=ast.Boolean(boolval=value)):
            return bool(value)
        case _:
            return None
