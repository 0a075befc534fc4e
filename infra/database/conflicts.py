"""What stands between the data that is there and the definition: read-only, each with the query that shows it."""

from collections.abc import Iterator
from typing import Any, Final

import psycopg

from infra.database.failures import statement_error
from infra.database.session import Session
from infra.ddl.alteration import TableState
from infra.ddl.index import IndexState
from infra.ddl.templates import catalog_query, render
from infra.errors import RolloutError
from infra.models.index import Index
from infra.models.policy import Policy
from infra.models.table import Column, Table, canonical_type
from infra.models.widening import widens

#: Counting stops here: whoever has more has to look at them with the query anyway.
COUNT_LIMIT: Final = 1000
_TEMPLATE: Final = "conflict.sql.j2"


def parked_twin(session: Session, table: Table) -> RolloutError | None:
    """Return the refusal when the table does not stand but its parked twin does."""
    if not _exists(session, f"{table.archive_schema}.{table.name}"):
        return None
    return RolloutError(
        "ADOPT003",
        f"table {table.identity}",
        f"it was removed and is parked, with its rows, as {table.archive_schema}.{table.name}",
        fix="run sql/rollback/restore.sql with psql, then the same command again",
    )


def table_conflicts(session: Session, state: TableState, desired: Table) -> list[RolloutError]:
    """Return every difference of a standing table that cannot be mended without losing or inventing data."""
    actual = state.table
    return [*_shape(actual, desired), *_rows(session, actual, desired), *_constraints(session, actual, desired)]


def index_conflicts(session: Session, state: IndexState, desired: Index) -> list[RolloutError]:
    """Return the refusal of a unique index over rows that are alike, before a build would fail on them."""
    if desired.absent or not desired.unique or (state.index is not None and state.valid):
        return []
    if not _exists(session, desired.relation):
        return []
    columns = [column.name for column in desired.columns]
    query = _render("duplicates", relation=desired.relation, columns=columns, where=desired.where)
    found = _count(session, query)
    if not found:
        return []
    what = f"{_many(found)} of ({', '.join(columns)}) stand more than once in {desired.relation}"
    return [_data(f"index {desired.identity}", what, query, "keep one row of each and run the same command again")]


def policy_conflicts(session: Session, desired: Policy) -> list[RolloutError]:
    """Return what the server says against the policy's expressions, asked in a read-only way."""
    if not _exists(session, desired.relation):
        return []
    errors = []
    for name, expression in (("using", desired.using), ("check", desired.check)):
        if expression is None:
            continue
        try:
            session.execute(_render("explain", relation=desired.relation, expression=expression))
        except psycopg.Error as error:
            errors.append(statement_error(f"policy {desired.identity}.{name}", error, session.target))
    return errors


def _shape(actual: Table, desired: Table) -> Iterator[RolloutError]:
    present = {column.name: column for column in actual.columns}
    for column in desired.columns:
        found = present.get(column.name)
        if found is None or canonical_type(found.type) == canonical_type(column.type):
            continue
        if not widens(found.type, column.type):
            yield RolloutError(
                "ADOPT001",
                f"table {desired.identity}.{column.name}",
                f"it is {found.type} and should be {column.type}, which would rewrite the table or lose values",
                allowed="a change that keeps every value in place, such as varchar to text",
                fix=f"add a column of type {column.type}, copy in batches, and swap the names",
            )
    if set(actual.primary_key) != set(desired.primary_key):
        yield RolloutError(
            "ADOPT001",
            f"table {desired.identity}",
            f"its primary key is ({', '.join(actual.primary_key)}) and should be ({', '.join(desired.primary_key)})",
            fix="give it the key by hand, from a unique index that was built concurrently",
        )


def _rows(session: Session, actual: Table, desired: Table) -> Iterator[RolloutError]:
    present = {column.name: column for column in actual.columns}
    for column in desired.columns:
        found = present.get(column.name)
        if found is None:
            yield from _new_column(session, column, desired)
        elif found.nullable and not column.nullable:
            query = _render("nulls", relation=desired.identity, key=actual.primary_key, column=column.name)
            if rows := _count(session, query):
                what = f"{_many(rows)} have no {column.name}, which the definition requires"
                yield _data(f"table {desired.identity}.{column.name}", what, query, "fill them in")


def _new_column(session: Session, column: Column, desired: Table) -> Iterator[RolloutError]:
    stays_empty = column.default is None or column.default.is_volatile
    if column.nullable or not stays_empty:
        return
    row = session.one(_render("any row", relation=desired.identity))
    if row and row["found"]:
        yield RolloutError(
            "DB007",
            f"table {desired.identity}.{column.name}",
            "a required column without a constant default cannot be added to a table that holds rows",
            fix="declare it nullable, deploy, fill it in batches, then declare it required",
        )


def _constraints(session: Session, actual: Table, desired: Table) -> Iterator[RolloutError]:
    columns = {column.name for column in actual.columns}
    for check in desired.checks:
        if check in actual.checks:
            continue
        query = _render("check", relation=desired.identity, key=actual.primary_key, expression=check.expression)
        yield from _violations(session, f"table {desired.identity}.{check.name}", query, "break the check")
    for key in desired.foreign_keys:
        if key in actual.foreign_keys or not set(key.columns) <= columns or not _exists(session, key.references):
            continue
        parts: dict[str, Any] = {"columns": key.columns, "parent": key.references, "referenced": key.referenced_columns}
        query = _render("orphans", relation=desired.identity, key=actual.primary_key, **parts)
        yield from _violations(session, f"table {desired.identity}.{key.name}", query, f"refer to no {key.references}")


def _violations(session: Session, path: str, query: str, what: str) -> Iterator[RolloutError]:
    try:
        rows = _count(session, query)
    except psycopg.errors.UndefinedColumn:
        return  # the column is yet to be added, with values that the constraint was written for
    if rows:
        yield _data(path, f"{_many(rows)} {what}", query, "correct or remove them")


def _data(path: str, what: str, query: str, fix: str) -> RolloutError:
    return RolloutError("DB007", path, f"{what}; find them with: {' '.join(query.split())}", fix=fix)


def _many(found: int) -> str:
    if found >= COUNT_LIMIT:
        return f"{COUNT_LIMIT} rows or more"
    return f"{found} row{'s' if found > 1 else ''}"


def _count(session: Session, query: str) -> int:
    row = session.one(_render("count", query=query, limit=COUNT_LIMIT))
    return int(row["found"]) if row else 0


def _exists(session: Session, name: str) -> bool:
    row = session.one(catalog_query("relation_exists.sql"), {"name": name})
    return bool(row and row["present"])


def _render(action: str, **values: Any) -> str:
    return render(_TEMPLATE, action=action, **values)
