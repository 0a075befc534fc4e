"""The definition's tables as the walk over a query knows them."""

from infra.checks.columns import Columns
from infra.models.definition import Definition


def known_relations(definition: Definition) -> dict[str, Columns]:
    """Return the columns of every table, by ``schema.name``."""
    return {table.identity: frozenset(column.name for column in table.columns) for table in definition.tables}
