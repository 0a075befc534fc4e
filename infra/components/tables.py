"""The tables, closed as they are created, each after those that its foreign keys refer to."""

from collections.abc import Iterable

import pulumi

from infra.components.naming import TYPE_PREFIX, child_options, component_options
from infra.models.definition import Definition
from infra.models.table import Table as TableDefinition
from infra.resources import Table


class Tables(pulumi.ComponentResource):
    """Every table, by its ``schema.name``. Nobody may use one before its `TableAccess` stands."""

    def __init__(
        self,
        name: str,
        definition: Definition,
        *,
        parent: pulumi.Resource,
        after: Iterable[pulumi.Resource],
        protect: bool,
    ) -> None:
        super().__init__(f"{TYPE_PREFIX}Tables", name, None, component_options(parent))
        self._after = tuple(after)
        self.by_identity: dict[str, Table] = {}
        for table in in_key_order(definition.tables):
            retain = definition.is_retained(table)
            self.by_identity[table.identity] = self._make(table, protect=protect and not retain, retain=retain)
        self.register_outputs({})

    def _make(self, table: TableDefinition, *, protect: bool, retain: bool) -> Table:
        referenced = [self.by_identity[name] for name in sorted(_waits_for(table)) if name in self.by_identity]
        options = child_options(
            self, Table, table.identity, after=referenced or self._after, protect=protect, retain=retain
        )
        return Table(table.identity, table, options)


def in_key_order(tables: Iterable[TableDefinition]) -> list[TableDefinition]:
    """Return the tables so that each follows those that it refers to; the definition refuses circles."""
    waiting = {table.identity: table for table in tables}
    ordered: list[TableDefinition] = []
    while waiting:
        ready = [table for table in waiting.values() if not _waits_for(table) & waiting.keys()]
        assert ready, "the definition has refused circles"
        ordered += ready
        for table in ready:
            del waiting[table.identity]
    return ordered


def _waits_for(table: TableDefinition) -> set[str]:
    """Return the tables that must stand before. A deferrable key, which alone may close a circle, does not wait."""
    return {key.references for key in table.foreign_keys if not key.deferrable} - {table.identity}
