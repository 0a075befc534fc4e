"""Reading indexes: absent, being built, invalid, or valid with this or another definition."""

from infra.database.session import Row, Session
from infra.ddl.index import IndexState, old_name
from infra.ddl.templates import catalog_query
from infra.models.index import Index, IndexColumn
from infra.models.spelling import Spelling


def read_index(session: Session, wanted: Index, spelling: Spelling) -> IndexState:
    """Return what stands under the wanted index's name, or what must be absent and is not."""
    if wanted.absent:
        return IndexState(twins=_twins(session, wanted))
    row = read_index_row(session, wanted.schema_name, wanted.name)
    former = read_index_row(session, wanted.schema_name, old_name(wanted))
    if row is None:
        return IndexState(old_present=former is not None)
    index = index_of(row, wanted.schema_name, wanted.name)
    index = index.model_copy(update={"where": spelling.of("where", index.where, wanted.where)})
    return IndexState(index, row["valid"], row["building"], former is not None)


def read_index_row(session: Session, schema: str, name: str) -> Row | None:
    """Return the catalog's row of an index."""
    return session.one(catalog_query("index.sql"), {"schema": schema, "name": name})


def index_of(row: Row, schema: str, name: str) -> Index:
    """Return the row as a model; a column that is an expression has an empty name, equal to none of ours."""
    columns = tuple(
        IndexColumn.model_construct(name=column["name"] or "", descending=column["descending"])
        for column in row["columns"]
    )
    return Index.model_construct(
        schema_name=row["table_schema"] if row["table_schema"] != schema else schema,
        table=row["table_name"],
        name=name,
        columns=columns,
        unique=row["unique"],
        method=row["method"],
        where=row["where"],
        include=tuple(row["include"] or ()),
        absent=False,
    )


def _twins(session: Session, wanted: Index) -> tuple[str, ...]:
    parameters = {
        "schema": wanted.schema_name,
        "table": wanted.table,
        "columns": [column.name for column in wanted.columns],
        "descending": [column.descending for column in wanted.columns],
    }
    return tuple(row["name"] for row in session.execute(catalog_query("index_twins.sql"), parameters))
