"""What stands between a closed table and its use: policies, indexes, triggers, and last of all the grants."""

from collections.abc import Iterable, Mapping

import pulumi

from infra.components.naming import TYPE_PREFIX, child_options, component_options
from infra.components.references import tables_in_expression
from infra.models.definition import Definition
from infra.models.index import Index as IndexDefinition
from infra.models.policy import Policy as PolicyDefinition
from infra.models.table import Table as TableDefinition
from infra.models.trigger import Trigger as TriggerDefinition
from infra.resources import Function, Grant, Index, Policy, Table, Trigger


class TableAccess(pulumi.ComponentResource):
    """One table's policies, indexes and triggers, and then the grant that opens it: nothing is granted on half a table.

    Going away, it closes first: the grant goes before the policies. `gates` stand before the grant alone: what a phase
    opens waits for its gate.
    """

    def __init__(
        self,
        table: TableDefinition,
        definition: Definition,
        *,
        parent: pulumi.Resource,
        tables: Mapping[str, Table],
        functions: Mapping[str, Function],
        gates: Iterable[pulumi.Resource] = (),
    ) -> None:
        super().__init__(f"{TYPE_PREFIX}TableAccess", table.identity, None, component_options(parent))
        self._table = tables[table.identity]
        self._tables = tables
        self._functions = functions
        self._retain = definition.is_retained(table)
        ready: list[pulumi.Resource] = [
            self._table,
            *(self._policy(policy) for policy in definition.policies_of(table)),
            *self._indexes(definition.indexes_of(table)),
            *(self._trigger(trigger) for trigger in definition.triggers_of(table)),
        ]
        self.opened = self._open(table, definition, [*ready, *gates])
        self.register_outputs({})

    def _policy(self, policy: PolicyDefinition) -> Policy:
        mentioned = tables_in_expression(policy.using) | tables_in_expression(policy.check)
        read = [self._tables[name] for name in sorted(mentioned & self._tables.keys() - {policy.relation})]
        options = child_options(self, Policy, policy.identity, after=[self._table, *read], retain=self._retain)
        return Policy(policy.identity, policy, options)

    def _indexes(self, indexes: Iterable[IndexDefinition]) -> list[Index]:
        """Return the indexes; one that must go waits for those that take its place."""
        wanted = {index: self._index(index, ()) for index in indexes if not index.absent}
        retired = [
            self._index(index, [made for other, made in wanted.items() if other.makes_redundant(index)])
            for index in indexes
            if index.absent
        ]
        return [*wanted.values(), *retired]

    def _index(self, index: IndexDefinition, successors: Iterable[Index]) -> Index:
        name = f"{index.identity} (retired)" if index.absent else index.identity
        options = child_options(self, Index, name, after=[self._table, *successors], retain=self._retain)
        return Index(name, index, options)

    def _trigger(self, trigger: TriggerDefinition) -> Trigger:
        after: list[pulumi.Resource] = [self._table, self._functions[trigger.function]]
        options = child_options(self, Trigger, trigger.identity, after=after, retain=self._retain)
        return Trigger(trigger.identity, trigger, options)

    def _open(self, table: TableDefinition, definition: Definition, after: list[pulumi.Resource]) -> tuple[Grant, ...]:
        return tuple(
            Grant(grant.identity, grant, child_options(self, Grant, grant.identity, after=after, retain=self._retain))
            for grant in definition.grants_on(table.identity)
        )
