"""Which hazards somebody has to approve on a protected stack: one rule for the provider and for every preview."""

from collections.abc import Iterable
from typing import Final

from infra.ddl.statement import Hazard, Plan

#: What loses or moves rows, lets somebody see or do more, changes what a guard means, or slows readers down for good.
#: The others are shown only: they take away (ACCESS_NARROWED), are over within the lock budget (EXCLUSIVE_LOCK), block
#: nobody (INDEX_BUILD), or have a word of their own in the stack file (CAPACITY_NARROWED: `pooling.shrinkTo`).
TO_APPROVE: Final = frozenset(
    {Hazard.DELETES_DATA, Hazard.ACCESS_WIDENED, Hazard.REWRITE, Hazard.INDEX_DROPPED, Hazard.CORRECTNESS}
)


def is_to_approve(code: str) -> bool:
    """Whether a hazard with this code needs somebody's approval on a protected stack."""
    return code in TO_APPROVE


def hazards_to_approve(plan: Plan) -> tuple[Hazard, ...]:
    """Return what needs approval of these steps, in the order of its weight."""
    found = {hazard for step in plan for hazard in step.hazards}
    if any(statement.rewrites for step in plan for statement in step.statements):
        found.add(Hazard.REWRITE)
    return tuple(hazard for hazard in Hazard if hazard in found & TO_APPROVE)


def summary_of(plan: Plan, hazard: Hazard) -> str:
    """Return in words what is done by the steps that have this hazard."""
    return "; ".join(_summaries(plan, hazard))


def _summaries(plan: Plan, hazard: Hazard) -> Iterable[str]:
    concerned = [step.summary for step in plan if hazard in step.hazards]
    return dict.fromkeys(concerned or [step.summary for step in plan])
