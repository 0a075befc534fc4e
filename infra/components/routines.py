"""The functions, each with its grant right after it."""

from collections.abc import Iterable, Mapping

import pulumi

from infra.components.naming import TYPE_PREFIX, child_options, component_options
from infra.components.references import tables_in_body
from infra.models.definition import Definition
from infra.models.function import Function as FunctionDefinition
from infra.models.grant import Grant as GrantDefinition
from infra.models.grant import Target
from infra.resources import Function, Grant


class Routines(pulumi.ComponentResource):
    """Every function, by its ``schema.name``. `opened` are the grants on them.

    PostgreSQL checks the body of a SQL function when it is made, so those wait for the tables that they name; one in
    PL/pgSQL, such as a trigger's, is checked when it runs and waits for none.
    """

    def __init__(
        self,
        name: str,
        definition: Definition,
        *,
        parent: pulumi.Resource,
        after: Iterable[pulumi.Resource],
        tables: Mapping[str, pulumi.Resource],
    ) -> None:
        super().__init__(f"{TYPE_PREFIX}Routines", name, None, component_options(parent))
        self._after = tuple(after)
        self._tables = tables
        self._definition = definition
        self.by_name = {function.qualified: self._make(function) for function in definition.functions}
        self.opened = self._grants()
        self.register_outputs({})

    def _make(self, function: FunctionDefinition) -> Function:
        named = tables_in_body(function) if function.language == "sql" else frozenset()
        after = [self._tables[name] for name in sorted(named & self._tables.keys())] or self._after
        retain = self._definition.is_retained(function)
        return Function(
            function.identity, function, child_options(self, Function, function.identity, after=after, retain=retain)
        )

    def _grants(self) -> tuple[Grant, ...]:
        functions = {item.identity: self.by_name[item.qualified] for item in self._definition.functions}
        return tuple(
            self._grant(grant, functions[grant.object_name])
            for grant in self._definition.grants
            if grant.target is Target.FUNCTION
        )

    def _grant(self, grant: GrantDefinition, function: Function) -> Grant:
        retain = self._definition.is_retained(grant)
        return Grant(grant.identity, grant, child_options(self, Grant, grant.identity, after=[function], retain=retain))
