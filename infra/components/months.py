"""The months of divided tables, once the tables and the functions that make months stand."""

from collections.abc import Iterable

import pulumi

from infra.components.naming import TYPE_PREFIX, child_options, component_options
from infra.models.definition import Definition
from infra.resources import Partitions


class Months(pulumi.ComponentResource):
    """Every table's months. They come after the indexes, which a month takes over from its table."""

    def __init__(
        self, name: str, definition: Definition, *, parent: pulumi.Resource, after: Iterable[pulumi.Resource]
    ) -> None:
        super().__init__(f"{TYPE_PREFIX}Months", name, None, component_options(parent))
        waits_for = tuple(after)
        for months in definition.partitions:
            Partitions(months.identity, months, child_options(self, Partitions, months.identity, after=waits_for))
        self.register_outputs({})
