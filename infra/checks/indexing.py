"""What stands at the front of a table's indexes, its primary key included."""

from infra.models.definition import Definition
from infra.models.index import Index
from infra.models.table import Table


def standing(definition: Definition, table: Table) -> tuple[Index, ...]:
    """Return the table's indexes that are to be there."""
    return tuple(index for index in definition.indexes_of(table) if not index.absent)


def fronts(definition: Definition, table: Table) -> list[tuple[str, ...]]:
    """Return the columns of every index that covers the whole table, in their order."""
    whole = [index for index in standing(definition, table) if index.where is None]
    return [table.primary_key, *(tuple(column.name for column in index.columns) for index in whole)]
