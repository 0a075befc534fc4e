"""The phase: its gate, before what it opens; then who may enter, and the flags."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pulumi

from infra.components.delivery import Delivery
from infra.components.naming import TYPE_PREFIX, child_options, component_options
from infra.models.approval import Placed
from infra.models.cohort import Cohort as CohortDefinition
from infra.models.delivery import AwsSettings, DeliverySettings
from infra.models.gate import GateSettings
from infra.models.rollout import Rollout as RolloutDefinition
from infra.resources import Cohort, Gate, Rollout


@dataclass(frozen=True)
class PhaseSettings:
    """What a stack file says of the rollout, apart from the phase itself."""

    gates: GateSettings = field(default_factory=GateSettings)
    cohort: CohortDefinition = field(default_factory=CohortDefinition)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    aws: AwsSettings | None = None
    approvals: tuple[Placed, ...] = ()


class Phase(pulumi.ComponentResource):
    """The phase of one database. `gate` stands before whatever the phase opens; `open` comes after all of that."""

    def __init__(
        self,
        name: str,
        rollout: RolloutDefinition,
        settings: PhaseSettings,
        *,
        parent: pulumi.Resource,
        after: Iterable[pulumi.Resource],
    ) -> None:
        super().__init__(f"{TYPE_PREFIX}Phase", name, None, component_options(parent))
        self._rollout = rollout
        self._settings = settings
        self.gate = Gate("gate", rollout.phase, settings.gates, child_options(self, Gate, "gate", after=after))
        self.register_outputs({})

    def open(self, opened: Iterable[pulumi.Resource], functions: Iterable[pulumi.Resource]) -> Rollout:
        """Declare members, flags, and the flags elsewhere, after everything that they need or that they open.

        Members come and go whatever the gate says: it lets the phase in, not them. Returns what the database is then.
        """
        Cohort("cohort", self._settings.cohort, child_options(self, Cohort, "cohort", after=functions))
        options = child_options(self, Rollout, "rollout", after=[self.gate, *opened])
        rollout = Rollout("rollout", self._rollout, options)
        elsewhere = self._settings.delivery
        Delivery(
            "delivery",
            elsewhere,
            self._settings.aws,
            self._rollout,
            self._settings.cohort,
            parent=self,
            after=rollout,
        )
        return rollout
