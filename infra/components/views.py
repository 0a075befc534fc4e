"""The views, and after the tables are open the grants on them."""

from collections.abc import Iterable, Mapping

import pulumi

from infra.components.naming import TYPE_PREFIX, child_options, component_options
from infra.components.references import tables_in_query
from infra.models.definition import Definition
from infra.models.grant import Target
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
        opened: Iterable[pulumi.Resource],
    ) -> None:
        super().__init__(f"{TYPE_PREFIX}Views", name, None, component_options(parent))
        self._tables = tables
        views = {view.identity: self._make(view) for view in definition.views}
        for grant in definition.grants:
            if grant.target is Target.RELATION and grant.object_name in views:
                options = child_options(self, grant.identity, after=[views[grant.object_name], *opened])
                Grant(grant.identity, grant, options)
        self.register_outputs({})

    def _make(self, view: ViewDefinition) -> View:
        read = [self._tables[name] for name in sorted(tables_in_query(view.query) & self._tables.keys())]
        return View(view.identity, view, child_options(self, view.identity, after=read))
