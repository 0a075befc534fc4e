"""Reading indexes: absent, being built, invalid, or valid with this or another definition."""

from infra.database.session import Row, Session
from infra.ddl.index import IndexState, old_name
from infra.ddl.templates import catalog_query
from infra.models.index import Index, IndexColumn
from infra.models.spelling import Spelling


def read_index(session: Session, wanted: Index, spelling: Spelling) -> tuple[IndexState, str | None]:
    """Return what stands under the wanted index's name, or what must be absent and is not, and its own predicate."""
    if wanted.absent:
        return IndexState(twins=tuple(row["name"] for row in _twins(session, wanted))), None
    names = {"schema": wanted.schema_name, "names": [wanted.name, old_name(wanted)]}
    rows = {row["name"]: row for row in session.query(catalog_query("index.sql"), names)}
    old_present = old_name(wanted) in rows
    row = rows.get(wanted.name)
    if row is None:
        leaves = _leaves(session, wanted)
        twins = () if old_present or leaves is not None else _usable_twins(session, wanted)
        return IndexState(old_present=old_present, leaves=leaves, twins=twins), None
    index = _index(row)
    state = IndexState(
        index.model_copy(update={"where": spelling.of("where", index.where, wanted.where)}),
        row["valid"],
        row["building"],
        old_present,
        constraint=row["constraint"] or "",
        leaves=_leaves(session, wanted) if row["partitioned"] else None,
    )
    return state, row["where"]


def _index(row: Row) -> Index:
    columns = tuple(
        IndexColumn.model_construct(name=column["name"], descending=column["descending"]) for column in row["columns"]
    )
    return Index.model_construct(
        schema_name=row["table_schema"],
        table=row["table_name"],
        name=row["name"],
        columns=columns,
        unique=row["unique"],
        method=row["method"],
        where=row["where"],
        include=tuple(row["include"] or ()),
        absent=False,
    )


def _leaves(session: Session, wanted: Index) -> dict[str, bool] | None:
    """Return the partitions of the table, each with whether it is indexed; None for a table without partitions."""
    parameters = {"schema": wanted.schema_name, "table": wanted.table, "name": wanted.name}
    rows = session.query(catalog_query("index_leaves.sql"), parameters)
    return {row["leaf"]: row["indexed"] for row in rows if row["leaf"]} if rows else None


def _usable_twins(session: Session, wanted: Index) -> tuple[str, ...]:
    """Return valid indexes that are the wanted one but for the name; only plain ones are looked for."""
    if wanted.unique or wanted.where is not None or wanted.include or wanted.method != "btree" or not wanted.columns:
        return ()
    return tuple(row["name"] for row in _twins(session, wanted) if row["valid"])


def _twins(session: Session, wanted: Index) -> list[Row]:
    parameters = {
        "schema": wanted.schema_name,
        "table": wanted.table,
        "columns": [column.name for column in wanted.columns],
        "descending": [column.descending for column in wanted.columns],
    }
    return session.query(catalog_query("index_twins.sql"), parameters)
