"""The views, and after the tables are open the grants on them."""

from collections.abc import Iterable, Mapping
from itertools import chain

import pulumi

from infra.components.naming import TYPE_PREFIX, child_options, component_options
from infra.components.references import tables_in_query
from infra.models.definition import Definition
from infra.models.view import View as ViewDefinition
from infra.resources import Grant, Table, View


class Views(pulumi.ComponentResource):
    """Every view after the tables that it reads; its grant waits for theirs, as it shows no more than they do."""

    def __init__(
        self,
        name: str,
        definition: Definition,
        *,
        parent: pulumi.Resource,
        tables: Mapping[str, Table],
        opened: Mapping[str, Iterable[pulumi.Resource]],
    ) -> None:
        super().__init__(f"{TYPE_PREFIX}Views", name, None, component_options(parent))
        self._tables = tables
        for view in definition.views:
            read = sorted(tables_in_query(view.query) & tables.keys())
            after = [self._make(view, read), *chain.from_iterable(opened[name] for name in read)]
            for grant in definition.grants_on(view.identity):
                Grant(grant.identity, grant, child_options(self, Grant, grant.identity, after=after))
        self.register_outputs({})

    def _make(self, view: ViewDefinition, read: Iterable[str]) -> View:
        after = [self._tables[name] for name in read]
        return View(view.identity, view, child_options(self, View, view.identity, after=after))
