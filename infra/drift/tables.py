"""What was changed on a table: its row security, its owner, its columns and constraints."""

from collections.abc import Iterator
from typing import Final

from infra.drift.finding import Finding
from infra.models.table import Check, Column, Default, ForeignKey, RowSecurity, Table

_ROW_SECURITY: Final = {
    RowSecurity.DISABLED: "row security is off on {table}: whoever has a grant reaches every row",
    RowSecurity.ENABLED: "row security is no longer forced on {table}: its owner passes it by",
    RowSecurity.FORCED: "row security was forced on {table}",
}


def table_findings(before: Table, after: Table | None) -> Iterator[Finding]:
    """Yield what became of a table."""
    path = f"table {before.identity}"
    if after is None:
        yield Finding(path, f"table {before.identity} was dropped, renamed or moved")
        return
    yield from _guard(path, before, after)
    for column in before.columns:
        found = {item.name: item for item in after.columns}.get(column.name)
        yield from (Finding(path, sentence) for sentence in _column(before.identity, column, found))
    yield from (Finding(path, sentence) for sentence in _constraints(before, after))


def _guard(path: str, before: Table, after: Table) -> Iterator[Finding]:
    if after.row_security is not before.row_security:
        weakened = after.row_security.strength < before.row_security.strength
        sentence = _ROW_SECURITY[after.row_security]
        if after.row_security is RowSecurity.ENABLED and not weakened:
            sentence = "row security was turned on for {table}"
        yield Finding(path, sentence.format(table=before.identity), weakened=weakened)
    if after.owner != before.owner:
        sentence = f"table {before.identity} was given to {after.owner}; its owner is {before.owner}"
        yield Finding(path, sentence, weakened=True)


def _column(table: str, before: Column, after: Column | None) -> Iterator[str]:
    name = f"column {before.name} of {table}"
    if after is None:
        yield f"{name} was dropped or renamed"
        return
    if after.type != before.type:
        yield f"{name} was changed from {before.type} to {after.type}"
    if after.nullable != before.nullable:
        yield f"{name} takes nulls now" if after.nullable else f"{name} takes no nulls any more"
    if after.default != before.default:
        yield f"the default of {name} {_default(before.default, after.default)}"


def _default(before: Default | None, after: Default | None) -> str:
    if after is None:
        return "was dropped"
    return f"was set to {_written(after)}" if before is None else f"was changed to {_written(after)}"


def _written(default: Default) -> str:
    return str(next(value for value in (default.function, default.unsafe_sql, repr(default.literal)) if value))


def _constraints(before: Table, after: Table) -> Iterator[str]:
    table = before.identity
    if set(after.primary_key) != set(before.primary_key):
        yield f"the primary key of {table} is ({', '.join(after.primary_key)})"
    checks = {item.name: item for item in after.checks}
    for check in before.checks:
        yield from _constraint(f"check {check.name} on {table}", check, checks.get(check.name))
    keys = {item.name: item for item in after.foreign_keys}
    for key in before.foreign_keys:
        yield from _constraint(f"foreign key {key.name} on {table}", key, keys.get(key.name))
    if after.partitioning != before.partitioning:
        yield f"the partitions of {table} are not as they were"


def _constraint(name: str, before: Check | ForeignKey, after: Check | ForeignKey | None) -> Iterator[str]:
    if after is None:
        yield f"{name} was dropped, or no longer holds for every row"
    elif after != before:
        yield f"{name} was replaced by another definition"
