"""No index does what another one does: each costs every write, and only one is read."""

from itertools import permutations

from infra.checks.indexing import standing
from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.definition import Definition
from infra.models.index import Index, IndexColumn
from infra.models.table import Table


def find(definition: Definition) -> list[RolloutError]:
    """Return an error for each index that another one, or the primary key, makes redundant."""
    return [error for table in definition.tables for error in _find_in(definition, table)]


def _find_in(definition: Definition, table: Table) -> list[RolloutError]:
    indexes = [_primary_key(table), *standing(definition, table)]
    order = {index.name: place for place, index in enumerate(indexes)}
    found: dict[str, RolloutError] = {}
    for one, other in permutations(indexes, 2):
        # Of two that are alike the later one is to go.
        twins = one.makes_redundant(other) and other.makes_redundant(one)
        if one.makes_redundant(other) and not (twins and order[other.name] < order[one.name]):
            found.setdefault(other.name, _error(one, other))
    return list(found.values())


def _primary_key(table: Table) -> Index:
    return Index(
        schema_name=table.schema_name,
        table=table.name,
        name=f"{table.name}_pkey",
        columns=tuple(IndexColumn(name=name) for name in table.primary_key),
        unique=True,
    )


def _error(one: Index, other: Index) -> RolloutError:
    columns = ", ".join(column.name for column in other.columns)
    return RolloutError(
        RULE.code,
        other.identity,
        f"{one.name} serves every query that this index serves ({columns})",
        allowed="an index that no other one starts with",
        fix=f"take {other.name} out",
    )


RULE = Rule("DEF011", "index_redundant", Definition, find)
