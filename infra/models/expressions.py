"""Parsing and comparing SQL expressions: two spellings are equal when PostgreSQL would store them alike."""

from functools import lru_cache
from typing import Any, Final

from pglast import ast, parse_sql, parser
from pglast.enums import A_Expr_Kind, BoolExprType, SubLinkType

from infra.errors import RolloutError

#: As the one argument of a call, a text can be nothing but one expression: no second statement, no clause after it.
_PROBE: Final = "SELECT f(\n{}\n)"
_BOUNDS_PROBE: Final = "CREATE TABLE a PARTITION OF b {}\n{}\n"
#: The bounds of the partition that takes what no other does.
DEFAULT_BOUNDS: Final = "DEFAULT"
_BOUNDS_ONLY: Final = frozenset({"relation", "inhRelations", "partbound"})
_NAMELESS: Final = "?column?"


@lru_cache(maxsize=8192)
def parse_expression(text: str) -> ast.Node:
    """Return the tree of one boolean or scalar expression, which is everybody's: see `parse_anew` for one to change.

    Raises:
        RolloutError: DEF002 when the text is not exactly one expression.
    """
    return parse_anew(text)


def parse_anew(text: str) -> ast.Node:
    """Return the tree of one expression, which is the caller's alone.

    Raises:
        RolloutError: DEF002 when the text is not exactly one expression.
    """
    statement = _single(_PROBE.format(text), text)
    _refuse_comments(text)
    argument = _only_argument(statement)
    if argument is None:
        raise _not_one(text, "it is not one expression")
    return argument


@lru_cache(maxsize=1024)
def parse_query(text: str) -> ast.SelectStmt:
    """Return the tree of one SELECT, to be read only.

    Raises:
        RolloutError: DEF002 when the text is not exactly one SELECT.
    """
    statement = _single(text, text)
    if not isinstance(statement, ast.SelectStmt):
        raise _not_one(text, "it is not one SELECT")
    if statement.intoClause:
        raise _not_one(text, "SELECT INTO makes a table")
    return statement


def parse_bounds(text: str) -> ast.PartitionBoundSpec:
    """Return the tree of a partition's bounds: what follows FOR VALUES, or DEFAULT alone.

    Raises:
        RolloutError: DEF002 when the text is anything else.
    """
    statement = _single(_BOUNDS_PROBE.format("" if text == DEFAULT_BOUNDS else "FOR VALUES", text), text)
    given = {name for name in _slots(statement) if getattr(statement, name, None)}
    if not isinstance(statement, ast.CreateStmt) or statement.partbound is None or not given <= _BOUNDS_ONLY:
        raise _not_one(text, "it is not a partition's bounds")
    _refuse_comments(text)
    return statement.partbound


def is_cast(node: ast.Node) -> bool:
    """Whether the node is one constant with one cast."""
    return isinstance(node, ast.TypeCast) and isinstance(node.arg, ast.A_Const)


def columns_of(node: ast.Node) -> set[str]:
    """Return the last names of all column references outside sub-selects."""
    found: set[str] = set()
    _gather_columns(node, found)
    return found


def column_name(target: ast.ResTarget) -> str:
    """Return the name that PostgreSQL gives the column of a SELECT's list."""
    return str(target.name or _figure_name(target.val))


def equal_expressions(one: str | None, other: str | None) -> bool:
    """Whether the two spellings mean the same expression. Texts that do not parse are equal only to themselves."""
    if one is None or other is None:
        return one is other
    return one == other or canonical(one) == canonical(other)


def equal_queries(one: str, other: str) -> bool:
    """Whether two SELECTs are the same but for layout and redundant spelling."""
    return one == other or canonical_query(one) == canonical_query(other)


@lru_cache(maxsize=2048)
def canonical(text: str) -> str:
    """Return a form that is the same for `a IN (1, 2)` and `((a = ANY (ARRAY[1, 2])))`, for comparing only."""
    try:
        return repr(_shape(parse_expression(text)))
    except RolloutError:
        return text


@lru_cache(maxsize=256)
def canonical_query(text: str) -> str:
    """Return the comparing form of a SELECT."""
    try:
        return repr(_shape(parse_query(text.strip().rstrip(";"))))
    except RolloutError:
        return text


def canonical_tree(node: Any) -> str:
    """Return the comparing form of a tree, or of a part of one."""
    return repr(_shape(node))


def _single(text: str, shown: str) -> ast.Node:
    try:
        statements = parse_sql(text)
    except parser.ParseError as error:
        raise _not_one(shown, str(error.args[0])) from None
    if len(statements) != 1 or statements[0].stmt is None:
        raise _not_one(shown, f"{len(statements)} statements")
    return statements[0].stmt


def _refuse_comments(text: str) -> None:
    if any(token.name in {"SQL_COMMENT", "C_COMMENT"} for token in parser.scan(text)):
        raise _not_one(text, "a comment could swallow what follows it")


def _only_argument(statement: ast.Node) -> ast.Node | None:
    if not isinstance(statement, ast.SelectStmt) or _has_more(statement):
        return None
    call = (statement.targetList or ())[0].val
    if not isinstance(call, ast.FuncCall) or len(call.args or ()) != 1:
        return None
    if call.agg_order or call.agg_filter or call.over or call.agg_distinct or call.func_variadic:
        return None
    argument: ast.Node = (call.args or ())[0]
    return None if isinstance(argument, ast.NamedArgExpr) else argument


def _has_more(statement: ast.SelectStmt) -> bool:
    """Whether anything but one target stands in the statement: each clause could close the probe's parenthesis."""
    given = {name for name in _slots(statement) if getattr(statement, name, None)}
    return given != {"targetList"} or len(statement.targetList or ()) != 1


def _not_one(text: str, why: str) -> RolloutError:
    shown = text if len(text) <= 80 else text[:77] + "…"  # noqa: PLR2004 - a line of an error
    return RolloutError(
        "DEF002", "expression", f"{shown!r} cannot be parsed: {why}", allowed="one SQL expression", fix="correct it"
    )


def _gather_columns(node: Any, found: set[str]) -> None:
    match node:
        case ast.SubLink():
            _gather_columns(node.testexpr, found)
        case ast.ColumnRef():
            last = (node.fields or (None,))[-1]
            if isinstance(last, ast.String) and last.sval:
                found.add(last.sval)
        case ast.Node():
            for name in _slots(node):
                _gather_columns(getattr(node, name, None), found)
        case tuple():
            for item in node:
                _gather_columns(item, found)


def _shape(node: Any) -> Any:  # noqa: C901, PLR0911 - one branch a kind of node
    """Return nested tuples without positions, casts of constants, IN lists and nested AND/OR."""
    match node:
        case ast.TypeCast() if _is_constant(node.arg):
            return _shape(node.arg)
        case ast.A_Const():
            return ("const", _constant(node))
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_IN):
            operator = "=" if _operator(node) == "=" else "<>"
            return ("any" if operator == "=" else "all", operator, _shape(node.lexpr), _shape(node.rexpr))
        case ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP_ANY | A_Expr_Kind.AEXPR_OP_ALL):
            kind = "any" if node.kind == A_Expr_Kind.AEXPR_OP_ANY else "all"
            return (kind, _operator(node), _shape(node.lexpr), _array(node.rexpr))
        case ast.SubLink(subselect=ast.SelectStmt(targetList=tuple() as targets) as query):
            # PostgreSQL names the column of every sub-select when it stores one; the name means nothing there.
            rest = [(name, _shape(value)) for name, value in _fields(node) if name != "subselect"]
            values = [(name, _shape(value)) for name, value in _fields(query) if name != "targetList"]
            return ("SubLink", *rest, *values, *(_shape(target.val) for target in targets))
        case ast.ResTarget(val=ast.Node()):
            return ("column", column_name(node), _shape(node.val))
        case ast.FuncCall(funcname=(ast.String(sval="pg_catalog"), ast.String() as name)):
            return ("FuncCall", *((key, _shape((name,) if key == "funcname" else item)) for key, item in _fields(node)))
        case ast.BoolExpr(boolop=BoolExprType.AND_EXPR | BoolExprType.OR_EXPR):
            return (str(node.boolop), *_flat(node))
        case ast.Node():
            return (type(node).__name__, *((name, _shape(value)) for name, value in _fields(node)))
        case tuple():
            return tuple(_shape(item) for item in node)
        case _:
            return getattr(node, "name", node)


def _figure_name(node: Any) -> str:
    """Return the name of a column that was given none, as PostgreSQL's FigureColname finds it."""
    match node:
        case ast.ColumnRef(fields=(*_, ast.String(sval=name))) | ast.FuncCall(funcname=(*_, ast.String(sval=name))):
            return str(name)
        case ast.TypeCast(arg=argument, typeName=ast.TypeName(names=(*_, ast.String(sval=name)))):
            inner = _figure_name(argument)
            return str(name) if inner == _NAMELESS else inner
        case ast.SubLink(subLinkType=SubLinkType.EXPR_SUBLINK, subselect=ast.SelectStmt(targetList=(target,))):
            return column_name(target)
        case ast.SubLink(subLinkType=SubLinkType.EXISTS_SUBLINK | SubLinkType.ARRAY_SUBLINK):
            return "exists" if node.subLinkType == SubLinkType.EXISTS_SUBLINK else "array"
        case ast.CoalesceExpr() | ast.CaseExpr():
            return "coalesce" if isinstance(node, ast.CoalesceExpr) else "case"
        case _:
            return _NAMELESS


def _slots(node: Any) -> tuple[str, ...]:
    return tuple(node.__slots__)


def _operator(node: ast.A_Expr) -> str:
    return str((node.name or (ast.String(sval="="),))[-1].sval)


def _fields(node: ast.Node) -> list[tuple[str, Any]]:
    ignored = {"location", "stmt_location", "stmt_len", "list_start", "list_end", "rexpr_list_start", "rexpr_list_end"}
    values = ((name, getattr(node, name, None)) for name in _slots(node) if name not in ignored)
    return [(name, value) for name, value in values if value not in (None, False, ())]


def _flat(node: ast.BoolExpr) -> list[Any]:
    shapes: list[Any] = []
    for argument in node.args or ():
        if isinstance(argument, ast.BoolExpr) and argument.boolop == node.boolop:
            shapes.extend(_flat(argument))
        else:
            shapes.append(_shape(argument))
    return shapes


def _array(node: Any) -> Any:
    while isinstance(node, ast.TypeCast):
        node = node.arg
    return _shape(node.elements) if isinstance(node, ast.A_ArrayExpr) else _shape(node)


def _is_constant(node: Any) -> bool:
    return isinstance(node, ast.A_Const) or (isinstance(node, ast.TypeCast) and _is_constant(node.arg))


def _constant(node: ast.A_Const) -> Any:
    value = node.val
    return None if value is None or node.isnull else next(iter(getattr(value, name) for name in _slots(value)))
