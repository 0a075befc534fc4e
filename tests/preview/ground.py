"""A deployed pipeline, definitions that differ from it in one thing, and the plan from the one to the other."""

from dataclasses import dataclass
from typing import Any

from infra.database.workspace import Workspace
from infra.models.base import Model
from infra.models.definition import Definition
from infra.preview.access import access_differences
from infra.preview.items import Item
from infra.preview.planning import KINDS, objects_of, plan_items
from tests.clusters import Database
from tests.deploying import Deployer


@dataclass
class Ground:
    """A deployed pipeline."""

    database: Database
    deployer: Deployer

    @property
    def workspace(self) -> Workspace:
        return self.deployer.workspace

    @property
    def definition(self) -> Definition:
        return self.deployer.definition

    def plan(self, definition: Definition | None = None) -> tuple[Item, ...]:
        """Return what would be done for a definition, the one that was deployed being in the state."""
        return plan_items(self.workspace, definition or self.definition, state_of(self.definition))

    def sentences(self, definition: Definition | None = None) -> list[tuple[str, bool]]:
        """Return what would change of who may do what."""
        found = access_differences(self.plan(definition))
        return [(difference.sentence, difference.widens) for difference in found]

    def run(self, *statements: str) -> None:
        """Run statements as the superuser."""
        with self.database.connect(user="admin") as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def take_back(self, item: Item) -> None:
        """Run an item's way back, each statement for itself."""
        with self.database.connect() as connection:
            for step in item.back:
                for statement in step.statements:
                    connection.execute(statement.text.encode())


def state_of(definition: Definition) -> dict[str, list[dict[str, Any]]]:
    """Return the inputs of a deployed definition's resources by their kinds."""
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for model in objects_of(definition):
        found[type(model).__name__].append(model.dump())
    return found


def without(definition: Definition, field: str, identity: str) -> Definition:
    """Return the definition without one object."""
    left = tuple(item for item in getattr(definition, field) if item.identity != identity)
    return definition.model_copy(update={field: left})


def changed(definition: Definition, field: str, identity: str, **changes: Any) -> Definition:
    """Return the definition with one object changed."""
    items = tuple(
        item.model_copy(update=changes) if item.identity == identity else item for item in getattr(definition, field)
    )
    return definition.model_copy(update={field: items})


def added(definition: Definition, field: str, item: Model) -> Definition:
    """Return the definition with one object more."""
    return definition.model_copy(update={field: (*getattr(definition, field), item)})
