"""The five phases, and what a stack file's wishes make of one of them."""

from collections.abc import Collection
from typing import Final

from infra.models.flag import FlagName
from infra.models.phase import Audience, Phase
from infra.models.rollout import Rollout
from infra.pipeline.flags import FLAGS

_MONITORING: Final = (FlagName.PIPELINE_MONITORING_ENABLED, FlagName.PIPELINE_PERFORMANCE_ALERTS)
_ENABLE: Final = (FlagName.ENABLE_CREATIVE_PIPELINE,)
_INTERNAL: Final = (*_ENABLE, FlagName.CREATIVE_PIPELINE_ASSESSMENT, *_MONITORING)
_BETA: Final = (*_ENABLE, FlagName.CREATIVE_PIPELINE_ASSESSMENT, FlagName.CREATOR_AGENT_ECONOMICS, *_MONITORING)

PHASES: Final = (
    Phase(
        number=1,
        name="infrastructure",
        audience=Audience.NOBODY,
        beta_cap=0,
        flags=_MONITORING,
        enters="nobody",
    ),
    Phase(
        number=2,
        name="internal testing",
        audience=Audience.COHORT,
        beta_cap=10,
        flags=_INTERNAL,
        for_cohort=_ENABLE,
        enters="the team, and at most 10 beta creators",
    ),
    Phase(
        number=3,
        name="limited beta",
        audience=Audience.COHORT,
        beta_cap=50,
        flags=_BETA,
        for_cohort=_ENABLE,
        enters="the team, and at most 50 beta creators",
    ),
    Phase(
        number=4,
        name="wider beta",
        audience=Audience.COHORT,
        beta_cap=250,
        flags=_BETA,
        for_cohort=_ENABLE,
        enters="the team, and at most 250 beta creators",
    ),
    Phase(
        number=5,
        name="production",
        audience=Audience.EVERYONE,
        flags=_BETA,
        when_ready=(FlagName.CREATOR_AGENT_LAUNCH, FlagName.CREATIVE_PIPELINE_FULL),
        enters="everyone",
    ),
)
FIRST: Final = PHASES[0].number
LAST: Final = PHASES[-1].number


def phase(number: int) -> Phase:
    """Return the phase of this number, 1 to 5."""
    return PHASES[number - FIRST]


def rollout(
    number: int,
    *,
    ready: Collection[FlagName] = (),
    off: Collection[FlagName] = (),
    cap: int | None = None,
) -> Rollout:
    """Return where a database is to stand in this phase.

    Args:
        number: the phase, 1 to 5.
        ready: flags that wait for somebody's word, and have it.
        off: flags to leave off although the phase would turn them on.
        cap: a lower number of beta creators than the phase's own; None for the phase's.
    """
    which = phase(number)
    on = {*which.flags, *(name for name in which.when_ready if name in ready)} - set(off)
    flags = {flag.name: flag.name in on for flag in FLAGS}
    lower = which.beta_cap if cap is None else cap
    return Rollout(phase=number, audience=which.audience, beta_cap=lower, flags=flags, cohort_only=which.for_cohort)
