"""A foreign key has an index: without one, deleting a row of the other table reads all of this one."""

from infra.checks.indexing import fronts
from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.definition import Definition
from infra.models.table import ForeignKey, Table


def find(definition: Definition) -> list[RolloutError]:
    """Return an error for each key whose columns no index starts with."""
    return [
        _error(table, key)
        for table in definition.tables
        for key in table.foreign_keys
        if not any(set(front[: len(key.columns)]) == set(key.columns) for front in fronts(definition, table))
    ]


def _error(table: Table, key: ForeignKey) -> RolloutError:
    columns = ", ".join(key.columns)
    return RolloutError(
        RULE.code,
        f"{table.identity}.foreignKeys.{key.name}",
        f"no index starts with its columns ({columns})",
        allowed="an index on the whole table that starts with them",
        fix=f"add an index on {table.identity} ({columns})",
    )


RULE = Rule("DEF009", "foreign_key_indexed", Definition, find)
