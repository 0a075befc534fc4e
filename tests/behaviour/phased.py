"""A database that goes from phase to phase."""

from infra.models.access import Access
from infra.models.base import Model
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from tests.behaviour.pipelines import Pipeline
from tests.clusters import Database
from tests.deploying import Deployer


class Phased:
    """Brings a database up phase by phase, creating only what a phase has and the one before had not."""

    def __init__(self, database: Database, access: Access) -> None:
        self.pipeline = Pipeline(database, access, "fresh")
        self._deployed: tuple[Model, ...] = ()

    def enter(self, number: int) -> Pipeline:
        """Bring the database to a phase."""
        target = self.pipeline.database.deployer
        definition = define(rollout(number), access=self.pipeline.access, deployer=target.user)
        deployer = Deployer(target, definition)
        if self._deployed:
            for model in deployer.objects():
                if model not in self._deployed:
                    deployer.create(model)
            deployer.open_gate(preview=False)
            deployer.create(rollout(number))
        else:
            deployer.up()
        self._deployed = tuple(deployer.objects())
        deployer.close()
        return self.pipeline
