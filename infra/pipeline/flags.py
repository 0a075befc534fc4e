"""The seven flags: five in a chain that opens the pipeline step by step, and two of monitoring."""

from collections.abc import Collection
from typing import Final

from infra.models.flag import Flag, FlagName, require_no_circle

FLAGS: Final = (
    Flag(
        name=FlagName.ENABLE_CREATIVE_PIPELINE,
        description="Master pipeline flag: creators may enter the pipeline",
    ),
    Flag(
        name=FlagName.CREATIVE_PIPELINE_ASSESSMENT,
        description="Assessment system: creators' skills are assessed",
        requires=FlagName.ENABLE_CREATIVE_PIPELINE,
    ),
    Flag(
        name=FlagName.CREATOR_AGENT_ECONOMICS,
        description="Economics validation: revenue models are projected and validated",
        requires=FlagName.CREATIVE_PIPELINE_ASSESSMENT,
    ),
    Flag(
        name=FlagName.CREATOR_AGENT_LAUNCH,
        description="Agent launching: creators launch their own agents",
        requires=FlagName.CREATOR_AGENT_ECONOMICS,
    ),
    Flag(
        name=FlagName.CREATIVE_PIPELINE_FULL,
        description="Full pipeline: every component is open, enabled last",
        requires=FlagName.CREATOR_AGENT_LAUNCH,
    ),
    Flag(
        name=FlagName.PIPELINE_MONITORING_ENABLED,
        description="Monitoring of the pipeline",
        obeys_latch=False,
    ),
    Flag(
        name=FlagName.PIPELINE_PERFORMANCE_ALERTS,
        description="Alerts on the pipeline's performance",
        obeys_latch=False,
    ),
)
# A circle would have no flag that could be turned on first.
require_no_circle(FLAGS)

_BY_NAME: Final = {flag.name: flag for flag in FLAGS}


def flag(name: FlagName) -> Flag:
    """Return the flag of this name."""
    return _BY_NAME[name]


def chain_of(name: FlagName) -> tuple[FlagName, ...]:
    """Return the flag and all that it requires, one after the other."""
    required = flag(name).requires
    return (name, *(chain_of(required) if required else ()))


def with_dependents(names: Collection[str]) -> tuple[FlagName, ...]:
    """Return these flags and all that require one of them: whoever has not the one has not the others either."""
    return tuple(name for name in FlagName if not set(names).isdisjoint(chain_of(name)))
