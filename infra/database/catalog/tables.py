"""Reading tables."""

from decimal import Decimal, InvalidOperation
from typing import Any

from infra.database.session import Row, Session
from infra.ddl.alteration import TableState
from infra.ddl.templates import catalog_query
from infra.models.defaults import read_default
from infra.models.expressions import canonical_tree, equal_expressions, parse_bounds
from infra.models.spelling import Spelling
from infra.models.table import (
    Check,
    Column,
    ForeignKey,
    Leaf,
    OnDelete,
    Partitioning,
    RowSecurity,
    Table,
    canonical_type,
)
from infra.pipeline.names import PRIVATE


def read_table(session: Session, schema: str, name: str) -> tuple[TableState, dict[str, str]] | None:
    """Return the table in the server's spelling, and the server's own texts by their paths."""
    row = session.one(catalog_query("table.sql"), {"schema": schema, "name": name, "private": PRIVATE})
    if row is None:
        return None
    constraints = row["constraints"] or []
    checks = tuple(_check(item) for item in constraints if item["kind"] == "c")
    table = Table.model_construct(
        schema_name=schema,
        name=name,
        owner=row["owner"],
        columns=tuple(_column(item) for item in row["columns"] or ()),
        primary_key=next((tuple(item["columns"]) for item in constraints if item["kind"] == "p"), ()),
        checks=checks,
        foreign_keys=tuple(_key(item) for item in constraints if item["kind"] == "f"),
        row_security=_row_security(row),
        archive_schema="",
        partitioning=_partitioning(row["partitioning"]),
    )
    leaves = table.partitioning.leaves if table.partitioning else ()
    texts = {f"checks.{check.name}": check.expression for check in checks}
    texts |= {f"defaults.{item['name']}": item["default"] for item in row["columns"] or () if item["default"]}
    return _state(table, row, constraints), texts | {leaf_path(leaf): leaf.bounds for leaf in leaves}


def texts_of(wanted: Table) -> dict[str, str | None]:
    """Return the definition's texts that the server spells in its own way, by the same paths."""
    leaves = wanted.partitioning.leaves if wanted.partitioning else ()
    texts: dict[str, str | None] = {f"checks.{check.name}": check.expression for check in wanted.checks}
    texts |= {f"defaults.{column.name}": _source(column) for column in wanted.columns if column.default}
    return texts | {leaf_path(leaf): leaf.bounds for leaf in leaves}


def leaf_path(leaf: Leaf) -> str:
    """Return the path under which a leaf's bounds are remembered."""
    return f"leaves.{leaf.schema_name}.{leaf.name}"


def _state(table: Table, row: Row, constraints: list[dict[str, Any]]) -> TableState:
    parts = row["partitioning"] or {}
    return TableState(
        table,
        table,
        unvalidated=frozenset(item["name"] for item in constraints if not item["validated"]),
        unenforced=frozenset(item["name"] for item in constraints if not item["enforced"]),
        grantees=tuple(row["grantees"] or ()),
        has_policies=row["has_policies"],
        has_counterpart=row["has_counterpart"],
        estimated_rows=row["estimated_rows"],
        referring=tuple((item["table"], tuple(item["columns"])) for item in row["referring"] or ()),
        open_leaves={
            f"{leaf['schema']}.{leaf['name']}": tuple(leaf["grantees"] or ())
            for leaf in parts.get("leaves") or ()
            if not leaf["closed"]
        },
    )


def respell_table(actual: Table, wanted: Table, spelling: Spelling, server: dict[str, str]) -> Table:
    """Return the actual table as the program would write it: its order and spelling, and only what it declares.

    Columns and constraints that are not declared are left out: they are not ours, and they stay.
    """
    columns = {column.name: column for column in actual.columns}
    checks = {check.name: check for check in actual.checks}
    keys = {key.name: key for key in actual.foreign_keys}
    changes: dict[str, Any] = {
        "columns": tuple(
            _respell_column(columns[column.name], column, spelling, server.get(f"defaults.{column.name}"))
            for column in wanted.columns
            if column.name in columns
        ),
        "checks": tuple(
            _respell_check(checks[check.name], check, spelling) for check in wanted.checks if check.name in checks
        ),
        "foreign_keys": tuple(keys[key.name] for key in wanted.foreign_keys if key.name in keys),
        "archive_schema": wanted.archive_schema,
        "partitioning": _respell_partitioning(actual.partitioning, wanted.partitioning, spelling),
    }
    if set(actual.primary_key) == set(wanted.primary_key):
        changes["primary_key"] = wanted.primary_key
    return actual.model_copy(update=changes)


def _respell_partitioning(
    actual: Partitioning | None, wanted: Partitioning | None, spelling: Spelling
) -> Partitioning | None:
    """Return the declared leaves; the others were made by somebody else, and stay."""
    if actual is None or wanted is None:
        return actual
    present = {leaf_path(leaf): leaf for leaf in actual.leaves}
    leaves = tuple(
        _respell_leaf(present[leaf_path(leaf)], leaf, spelling) for leaf in wanted.leaves if leaf_path(leaf) in present
    )
    return actual.model_copy(update={"leaves": leaves})


def _respell_leaf(actual: Leaf, wanted: Leaf, spelling: Spelling) -> Leaf:
    text = spelling.of(leaf_path(wanted), actual.bounds, wanted.bounds, _equal_bounds)
    return actual.model_copy(update={"bounds": text})


def _equal_bounds(one: str | None, other: str | None) -> bool:
    return canonical_tree(parse_bounds(one or "")) == canonical_tree(parse_bounds(other or ""))


def _partitioning(parts: dict[str, Any] | None) -> Partitioning | None:
    if parts is None:
        return None
    leaves = (
        Leaf.model_construct(schema_name=leaf["schema"], name=leaf["name"], bounds=leaf["bounds"])
        for leaf in parts["leaves"] or ()
    )
    return Partitioning.model_construct(method=parts["method"], key=tuple(parts["key"]), leaves=tuple(leaves))


def _respell_column(actual: Column, wanted: Column, spelling: Spelling, text: str | None) -> Column:
    same_type = canonical_type(actual.type) == canonical_type(wanted.type)
    same_default = actual.default == wanted.default
    if actual.default and wanted.default:
        source = _source(wanted)
        alike = same_default or _same_literal(actual, wanted) or _same_sql(text, wanted)
        same_default = spelling.of(f"defaults.{wanted.name}", text, source, lambda _one, _other: alike) == source
    changes = ({"type": wanted.type} if same_type else {}) | ({"default": wanted.default} if same_default else {})
    return actual.model_copy(update=changes)


def _source(column: Column) -> str | None:
    return column.default.model_dump_json() if column.default else None


def _same_sql(text: str | None, wanted: Column) -> bool:
    sql = wanted.default.unsafe_sql if wanted.default else None
    return sql is not None and equal_expressions(text, sql)


def _same_literal(actual: Column, wanted: Column) -> bool:
    """Whether two literals are one default: `25` and `25.0`, and for a numeric column `'25.00'`; text is text."""
    one, other = (column.default.literal if column.default else None for column in (actual, wanted))
    if one is None or other is None:
        return False
    if str(one) == str(other) or one == other:
        return True
    return canonical_type(wanted.type).startswith("numeric") and _number(one) == _number(other) is not None


def _number(literal: str | float) -> Decimal | None:
    try:
        return Decimal(str(literal))
    except InvalidOperation:
        return None


def _respell_check(actual: Check, wanted: Check, spelling: Spelling) -> Check:
    text = spelling.of(f"checks.{wanted.name}", actual.expression, wanted.expression)
    return wanted if text == wanted.expression else actual


def _column(item: dict[str, Any]) -> Column:
    return Column.model_construct(
        name=item["name"], type=item["type"], nullable=item["nullable"], default=read_default(item["default"])
    )


def _check(item: dict[str, Any]) -> Check:
    return Check.model_construct(name=item["name"], expression=item["expression"])


def _key(item: dict[str, Any]) -> ForeignKey:
    return ForeignKey.model_construct(
        name=item["name"],
        columns=tuple(item["columns"]),
        references=item["references"],
        referenced_columns=tuple(item["referenced_columns"]),
        on_delete=OnDelete(item["on_delete"]),
        deferrable=item["deferrable"],
    )


def _row_security(row: Row) -> RowSecurity:
    if not row["enabled"]:
        return RowSecurity.DISABLED
    return RowSecurity.FORCED if row["forced"] else RowSecurity.ENABLED
