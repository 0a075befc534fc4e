"""The first deploy: from nothing, and over the database of today."""

from infra.ddl.statement import Hazard
from infra.models.access import Access
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from infra.preview.items import Action
from infra.preview.planning import plan_items
from tests.clusters import Database
from tests.deploying import Deployer
from tests.preview.ground import Ground
from tests.reference_database import build_reference


def test_from_nothing(database18: Database) -> None:
    """Everything is made, nothing that is there is locked but the platform's users, and everything has a way back."""
    definition = define(rollout(1), deployer=database18.deployer.user)
    deployer = Deployer(database18.deployer, definition)
    deployer.make_schemas()
    items = plan_items(deployer.workspace, definition, {})
    deployer.close()
    made = [item for item in items if item.action is Action.CREATE]
    assert len(made) > len(definition.tables) + len(definition.policies)
    assert [item.name for item in items if not item.is_reversible] == []
    # Nobody waits for what is made just now, and an index over nothing takes no time.
    assert {name for item in made for _, name in item.locks} == {"auth.users"}
    assert not [item.name for item in made if Hazard.INDEX_BUILD in item.hazards]


def test_adopting_todays_database(database18: Database) -> None:
    """What stands is taken over: the view and creators' own writes are closed, and every sentence says so."""
    build_reference(database18)
    definition = define(rollout(5), deployer=database18.deployer.user, access=Access.SERVICE)
    deployer = Deployer(database18.deployer, definition)
    deployer.make_schemas()
    for role in definition.roles:
        deployer.create(role)
    deployer.make_memberships()
    ground = Ground(database18, deployer)
    items = plan_items(ground.workspace, definition, {})
    adopted = {item.identity for item in items if item.action is Action.ADOPT}
    assert {table.identity for table in definition.tables if table.schema_name == "public"} <= adopted
    deployer.close()
