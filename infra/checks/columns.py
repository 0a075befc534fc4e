"""Which columns an expression or query names, and which of them do not exist where they are looked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pglast import ast

from infra.models.expressions import column_name

#: The columns of a relation, or None where they are not known: a table of others, a function.
Columns = frozenset[str] | None
Scope = dict[str, Columns]

#: What every row of a table has, never null.
SYSTEM_COLUMNS: Final = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
_EVERYTHING: Final = "*"


def all_columns(node: Any) -> list[str]:
    """Return every column that is named below the node, sub-selects included."""
    return [".".join(reference) for reference in _references(node, inside=True)]


def own_columns(node: Any) -> list[str]:
    """Return the columns named outside sub-selects, and those inside that may be columns of the row all the same."""
    direct = [".".join(reference) for reference in _references(node, inside=False)]
    return direct + [".".join(reference) for reference in _Walk({}, loose=True).run(node, [])]


def unknown_columns(node: Any, outer: Scope, relations: Mapping[str, Columns]) -> list[str]:
    """Return the columns that no relation in reach has. `relations` are known by ``schema.name``."""
    return [".".join(reference) for reference in _Walk(relations).run(node, [outer])]


def _references(node: Any, *, inside: bool) -> Iterator[tuple[str, ...]]:
    match node:
        case ast.ColumnRef():
            yield _parts(node)
        case ast.SubLink() if not inside:
            yield from _references(node.testexpr, inside=inside)
        case ast.Node():
            for value in _values(node):
                yield from _references(value, inside=inside)
        case tuple():
            for item in node:
                yield from _references(item, inside=inside)


def _parts(node: ast.ColumnRef) -> tuple[str, ...]:
    return tuple(str(item.sval) if isinstance(item, ast.String) else _EVERYTHING for item in node.fields or ())


def _values(node: Any) -> list[Any]:
    return [getattr(node, name, None) for name in tuple(node.__slots__)]


@dataclass
class _Walk:
    """One walk over a tree, with what is in reach at each place; `found` are the references that nothing answers."""

    relations: Mapping[str, Columns]
    loose: bool = False
    """Whether only references that lead out of every sub-select are of interest: see `own_columns`."""
    found: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, node: Any, scopes: list[Scope]) -> list[tuple[str, ...]]:
        self._visit(node, scopes, {})
        return self.found

    def _visit(self, node: Any, scopes: list[Scope], common: Scope) -> None:
        match node:
            case ast.ColumnRef():
                self._resolve(_parts(node), scopes)
            case ast.SelectStmt():
                self._query(node, scopes, common)
            case ast.Node():
                for value in _values(node):
                    self._visit(value, scopes, common)
            case tuple():
                for item in node:
                    self._visit(item, scopes, common)

    def _query(self, query: ast.SelectStmt, scopes: list[Scope], common: Scope) -> Columns:
        """Visit a query and return the columns that it gives."""
        common = self._with(query.withClause, scopes, common)
        if query.larg and query.rarg:
            self._query(query.rarg, scopes, common)
            return self._query(query.larg, scopes, common)
        scope: Scope = {}
        for item in query.fromClause or ():
            self._relation(item, scope, scopes, common)
        named = frozenset(column_name(target) for target in query.targetList or ())
        inner = [scope, *scopes]
        for part in (query.targetList, query.whereClause, query.valuesLists, query.limitCount, query.limitOffset):
            self._visit(part, inner, common)
        # These may also name a column of the result.
        for part in (query.sortClause, query.groupClause, query.havingClause, query.distinctClause, query.windowClause):
            self._visit(part, [{**scope, "": named}, *scopes], common)
        known = query.targetList and not any(self._is_star(target) for target in query.targetList)
        return named if known else None

    def _with(self, clause: ast.WithClause | None, scopes: list[Scope], common: Scope) -> Scope:
        for table in (clause.ctes or ()) if clause else ():
            inside = common | {table.ctename: None} if clause and clause.recursive else common
            if isinstance(table.ctequery, ast.SelectStmt):
                common = common | {table.ctename: self._query(table.ctequery, scopes, inside)}
        return common

    def _is_star(self, target: ast.ResTarget) -> bool:
        return isinstance(target.val, ast.ColumnRef) and _parts(target.val)[-1] == _EVERYTHING

    def _relation(self, item: Any, scope: Scope, scopes: list[Scope], common: Scope) -> None:
        match item:
            case ast.RangeVar(schemaname=schema, relname=str() as name):
                known = common[name] if not schema and name in common else self._known(schema, name)
                scope[_alias(item) or name] = None if _renames(item) else known
            case ast.RangeSubselect(subquery=ast.SelectStmt() as query):
                columns = self._query(query, [scope, *scopes] if item.lateral else scopes, common)
                scope[_alias(item) or ""] = None if _renames(item) else columns
            case ast.JoinExpr():
                self._relation(item.larg, scope, scopes, common)
                self._relation(item.rarg, scope, scopes, common)
                self._visit(item.quals, [scope, *scopes], common)
                if _alias(item):
                    scope[_alias(item)] = None
            case _:
                self._visit(getattr(item, "functions", None), [scope, *scopes], common)
                scope[_alias(item) or ""] = None

    def _known(self, schema: str | None, name: str) -> Columns:
        return self.relations.get(f"{schema or 'public'}.{name}")

    def _resolve(self, parts: tuple[str, ...], scopes: list[Scope]) -> None:
        *qualifier, name = parts
        if self.loose:
            self._resolve_loosely(qualifier, scopes, parts)
        elif qualifier:
            scope = next((scope for scope in scopes if qualifier[-1] in scope), None)
            if scope is None or not _has(scope[qualifier[-1]], name):
                self.found.append(parts)
        elif name != _EVERYTHING and not any(_offers(scope, name) for scope in scopes):
            self.found.append(parts)

    def _resolve_loosely(self, qualifier: list[str], scopes: list[Scope], parts: tuple[str, ...]) -> None:
        # Outside every sub-select the direct references have been counted; a bare name may lead out of it.
        if scopes and not (qualifier and any(qualifier[-1] in scope for scope in scopes)):
            self.found.append(parts)


def _alias(item: Any) -> str:
    return str(item.alias.aliasname) if item.alias else ""


def _renames(item: Any) -> bool:
    return bool(item.alias and item.alias.colnames)


def _has(columns: Columns, name: str) -> bool:
    return columns is None or name in columns or name in SYSTEM_COLUMNS or name == _EVERYTHING


def _offers(scope: Scope, name: str) -> bool:
    return name in scope or any(_has(columns, name) for columns in scope.values())
