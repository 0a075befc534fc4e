"""The flags of the rollout: their names, what they open, and which they require."""

from collections.abc import Iterable
from enum import StrEnum

from infra.errors import RolloutError
from infra.models.base import Model
from infra.models.circles import find_circle


class FlagName(StrEnum):
    """The seven flags, in the order in which the rollout turns them on; the two of monitoring stand apart."""

    ENABLE_CREATIVE_PIPELINE = "ENABLE_CREATIVE_PIPELINE"
    CREATIVE_PIPELINE_ASSESSMENT = "CREATIVE_PIPELINE_ASSESSMENT"
    CREATOR_AGENT_ECONOMICS = "CREATOR_AGENT_ECONOMICS"
    CREATOR_AGENT_LAUNCH = "CREATOR_AGENT_LAUNCH"
    CREATIVE_PIPELINE_FULL = "CREATIVE_PIPELINE_FULL"
    PIPELINE_MONITORING_ENABLED = "PIPELINE_MONITORING_ENABLED"
    PIPELINE_PERFORMANCE_ALERTS = "PIPELINE_PERFORMANCE_ALERTS"


class Flag(Model):
    """A flag. It is on only while the one that it requires is on; the kill switch turns those off that obey it."""

    name: FlagName
    description: str
    requires: FlagName | None = None
    obeys_latch: bool = True


def require_no_circle(flags: Iterable[Flag]) -> None:
    """Refuse flags that require each other.

    Raises:
        RolloutError: FLAG002 with the circle.
    """
    required = {flag.name.value: {flag.requires.value} if flag.requires else set[str]() for flag in flags}
    if circle := find_circle(required):
        shown = " → ".join(circle)
        problem = f"flags require each other in a circle: {shown}"
        raise RolloutError(
            "FLAG002", "flags", problem, allowed="a chain with an end", fix="drop one of the requirements"
        )
