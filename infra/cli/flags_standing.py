"""Which flags are on, for whom, and why: decided from what the database says, or from what the stack file asks for."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.cli.flags_wanted import Wanted
from infra.database.rollout import State
from infra.models.flag import FlagName
from infra.models.phase import Audience
from infra.pipeline.flags import FLAGS, chain_of, flag
from infra.pipeline.phases import PHASES, phase


@dataclass(frozen=True)
class Facts:
    """What decides on flags: the phase, each flag's own value, which are for the cohort alone, and the kill switch.

    `latch` says who has set the kill switch and why; it is empty while nobody has.
    """

    phase: int
    enabled: Mapping[str, bool]
    cohort_only: frozenset[str] = frozenset()
    latch: str = ""

    def is_on(self, name: FlagName) -> bool:
        """Whether the flag is on for anybody: it, and all that it requires."""
        return not self.is_latched(name) and all(self.enabled.get(link) for link in chain_of(name))

    def is_latched(self, name: FlagName) -> bool:
        """Whether the kill switch holds the flag."""
        return bool(self.latch) and flag(name).obeys_latch

    def audience(self, name: FlagName) -> Audience:
        """Who has the flag."""
        if not self.is_on(name):
            return Audience.NOBODY
        return Audience.COHORT if self.cohort_only.intersection(chain_of(name)) else Audience.EVERYONE


@dataclass(frozen=True)
class Line:
    """One flag as it is shown."""

    name: FlagName
    on: bool
    audience: Audience
    requires: FlagName | None
    why: str


def facts_of_state(state: State) -> Facts:
    """Return what the database says."""
    latch = f"the kill switch is set (by {state.latched_by}: {state.latched_reason})" if state.latched else ""
    cohort_only = frozenset(name for name, stored in state.stored.items() if stored.cohort_only)
    return Facts(state.phase, state.flags, cohort_only, latch)


def facts_of_wanted(wanted: Wanted) -> Facts:
    """Return what the stack file asks for."""
    return Facts(wanted.rollout.phase, wanted.rollout.values, frozenset(wanted.rollout.cohort_only))


def lines_of(facts: Facts, wanted: Wanted | None) -> list[Line]:
    """Return every flag in the order of the rollout; without what is wanted, the reasons say less."""
    return [
        Line(one.name, facts.is_on(one.name), facts.audience(one.name), one.requires, _why(facts, one.name, wanted))
        for one in FLAGS
    ]


def _why(facts: Facts, name: FlagName, wanted: Wanted | None) -> str:
    """Return the first reason that holds, from the strongest on."""
    if facts.is_latched(name):
        return facts.latch
    if facts.is_on(name):
        return f"phase {facts.phase}"
    return _why_off(facts, name, wanted)


def _why_off(facts: Facts, name: FlagName, wanted: Wanted | None) -> str:
    now = phase(facts.phase)
    if name not in (*now.flags, *now.when_ready):
        opens = next(one.number for one in PHASES if name in (*one.flags, *one.when_ready))
        return f"comes with phase {opens}"
    if wanted and name in wanted.off:
        return f"turned off in {wanted.file}"
    if wanted and name in now.when_ready and name not in wanted.ready:
        key = "launch" if name is FlagName.CREATOR_AGENT_LAUNCH else "full"
        return f"waits for ready.{key} in {wanted.file}"
    missing = next((link for link in chain_of(name)[1:] if not facts.enabled.get(link)), None)
    return (
        f"requires {missing}, which is off" if missing else "off in the database; `rollout up` follows the stack file"
    )
