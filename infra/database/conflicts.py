"""What stands between the data that is there and the definition: read-only, each with the query that shows it."""

from collections.abc import Iterator
from typing import Any, Final

import psycopg

from infra.database.absences import NOT_THERE, relation_exists
from infra.database.failures import statement_error
from infra.database.ownership import ownership_conflicts
from infra.database.remains import is_invalid
from infra.database.session import Session
from infra.ddl.alteration import TableState
from infra.ddl.index import IndexState, index_differences
from infra.ddl.templates import render
from infra.errors import RolloutError
from infra.models.index import Index
from infra.models.policy import Policy
from infra.models.table import Column, Table, canonical_type
from infra.models.widening import widens

#: Counting stops here: whoever has more has to look at them with the query anyway.
COUNT_LIMIT: Final = 1000
_TEMPLATE: Final = "conflict.sql.j2"
_KEEP_ONE: Final = "keep one row of each and run the same command again"


def parked_twin(session: Session, table: Table) -> RolloutError | None:
    """Return the refusal when the table does not stand but its parked twin does."""
    if not relation_exists(session, f"{table.archive_schema}.{table.name}"):
        return None
    return RolloutError(
        "ADOPT003",
        f"table {table.identity}",
        f"it was removed and is parked, with its rows, as {table.archive_schema}.{table.name}",
        fix="run sql/rollback/restore.sql with psql (for access: legacy, what `rollout sql restore` prints), then `up`",
    )


def table_conflicts(session: Session, state: TableState, desired: Table) -> list[RolloutError]:
    """Return every difference of a standing table that cannot be mended without losing or inventing data."""
    actual = state.table
    return [
        *ownership_conflicts(session, "table", relation=desired.identity),
        *_shape(actual, desired),
        *_rows(session, actual, desired),
        *_constraints(session, state, desired),
    ]


def index_conflicts(session: Session, state: IndexState, desired: Index) -> list[RolloutError]:
    """Return what stands in the way of an index: a constraint of another form, or rows alike under a unique one."""
    if desired.absent or not relation_exists(session, desired.relation):
        return []
    return [*_taken(state, desired), *_duplicates(session, state, desired)]


def _taken(state: IndexState, desired: Index) -> Iterator[RolloutError]:
    """Refuse to replace an index of another table, or one that a constraint stands on."""
    actual = state.index
    if actual is None or not index_differences(actual, desired):
        return
    owner = f"constraint {state.constraint} of {actual.relation}" if state.constraint else f"table {actual.relation}"
    if state.constraint or actual.relation != desired.relation:
        yield RolloutError(
            "ADOPT001",
            f"index {desired.identity}",
            f"the name belongs to {owner}, with another definition",
            fix="rename that one by hand, or choose another name here",
        )


def _duplicates(session: Session, state: IndexState, desired: Index) -> Iterator[RolloutError]:
    actual = state.index
    stands = actual is not None and state.valid and actual.unique and not index_differences(actual, desired)
    if stands or not desired.unique:
        return
    query = _duplicates_query(desired)
    if found := _count(session, _path(desired), query):
        yield _data(_path(desired), _keys(found, desired), query, _KEEP_ONE)


def arrived_duplicates(session: Session, desired: Index) -> RolloutError:
    """Return what to say of rows that came while a unique index was built: how many keys, never their values."""
    query = _duplicates_query(desired)
    found = _count(session, _path(desired), query)
    left = is_invalid(session, desired.identity)
    what = "is left invalid, until the same command removes it" if left else "was removed again"
    problem = f"{_keys(found, desired)}; they came while the index was built, which {what}"
    return _data(_path(desired), problem, query, _KEEP_ONE)


def _duplicates_query(desired: Index) -> str:
    columns = [column.name for column in desired.columns]
    return _render("duplicates", relation=desired.relation, columns=columns, where=desired.where)


def _keys(found: int, desired: Index) -> str:
    number = f"{COUNT_LIMIT} keys or more" if found >= COUNT_LIMIT else f"{found or 1} key{'s' if found > 1 else ''}"
    columns = ", ".join(column.name for column in desired.columns)
    each = "are each" if found > 1 else "is"
    return f"{number} of ({columns}) {each} shared by several rows of {desired.relation}"


def _path(desired: Index) -> str:
    return f"index {desired.identity}"


def policy_conflicts(session: Session, desired: Policy) -> list[RolloutError]:
    """Return what the server says against the policy's expressions, asked in a read-only way.

    What it only misses is no reason to refuse: another resource of the same deploy may yet make it.
    """
    if not relation_exists(session, desired.relation):
        return []
    errors = []
    for name, expression in (("using", desired.using), ("check", desired.check)):
        if expression is None:
            continue
        try:
            session.execute(_render("explain", relation=desired.relation, expression=expression))
        except psycopg.Error as error:
            if error.sqlstate not in NOT_THERE:
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
    if _divided(actual) != _divided(desired):
        yield RolloutError(
            "ADOPT001",
            f"table {desired.identity}.partitioning",
            f"it is {_divided(actual)} and should be {_divided(desired)}, which no table can become in place",
            fix="make a new table, copy in batches, and swap the names",
        )
    if set(actual.primary_key) != set(desired.primary_key):
        yield RolloutError(
            "ADOPT001",
            f"table {desired.identity}",
            f"its primary key is ({', '.join(actual.primary_key)}) and should be ({', '.join(desired.primary_key)})",
            fix="give it the key by hand, from a unique index that was built concurrently",
        )


def _divided(table: Table) -> str:
    parts = table.partitioning
    return f"divided by {parts.method} ({', '.join(parts.key)})" if parts else "one table"


def _rows(session: Session, actual: Table, desired: Table) -> Iterator[RolloutError]:
    present = {column.name: column for column in actual.columns}
    for column in desired.columns:
        found = present.get(column.name)
        if found is None:
            yield from _new_column(session, column, desired)
        elif found.nullable and not column.nullable:
            query = _render("nulls", relation=desired.identity, key=actual.primary_key, column=column.name)
            path = f"table {desired.identity}.{column.name}"
            if rows := _count(session, path, query):
                what = f"{_many(rows)} have no {column.name}, which the definition requires"
                yield _data(path, what, query, "fill them in")


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


def _constraints(session: Session, state: TableState, desired: Table) -> Iterator[RolloutError]:
    """Yield the rows that break a constraint which is yet to be added, or which stands but was never checked."""
    actual, unchecked = state.table, state.unvalidated | state.unenforced
    columns = {column.name for column in actual.columns}
    for check in desired.checks:
        if check in actual.checks and check.name not in unchecked:
            continue
        query = _render("check", relation=desired.identity, key=actual.primary_key, expression=check.expression)
        yield from _violations(session, f"table {desired.identity}.{check.name}", query, "break the check")
    for key in desired.foreign_keys:
        if (
            (key in actual.foreign_keys and key.name not in unchecked)
            or not set(key.columns) <= columns
            or not relation_exists(session, key.references)
        ):
            continue
        parts: dict[str, Any] = {"columns": key.columns, "parent": key.references, "referenced": key.referenced_columns}
        query = _render("orphans", relation=desired.identity, key=actual.primary_key, **parts)
        yield from _violations(session, f"table {desired.identity}.{key.name}", query, f"refer to no {key.references}")


def _violations(session: Session, path: str, query: str, what: str) -> Iterator[RolloutError]:
    if rows := _count(session, path, query):
        yield _data(path, f"{_many(rows)} {what}", query, "correct or remove them")


def _data(path: str, what: str, query: str, fix: str) -> RolloutError:
    return RolloutError("DB007", path, f"{what}; find them with: {' '.join(query.split())}", fix=fix)


def _many(found: int) -> str:
    if found >= COUNT_LIMIT:
        return f"{COUNT_LIMIT} rows or more"
    return f"{found} row{'s' if found > 1 else ''}"


def _count(session: Session, path: str, query: str) -> int:
    try:
        return int(session.execute(_render("count", query=query, limit=COUNT_LIMIT))[0]["found"])
    except psycopg.Error as error:
        if error.sqlstate in NOT_THERE:
            return 0
        raise statement_error(path, error, session.target) from None


def _render(action: str, **values: Any) -> str:
    return render(_TEMPLATE, action=action, **values)
