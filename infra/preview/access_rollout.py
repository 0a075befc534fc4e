"""What a phase opens and closes: who may make a profile, how many, and which flags are on for whom.

The database decides on all of it by its own state, whatever is granted: a preview says it as it says grants.
"""

from collections.abc import Iterator
from typing import Final

from infra.models.flag import FlagName
from infra.models.phase import Audience
from infra.models.rollout import Rollout
from infra.pipeline.flags import chain_of, flag
from infra.preview.difference import Difference

_REACH: Final = {Audience.NOBODY: 0, Audience.COHORT: 1, Audience.EVERYONE: 2}
_WHO: Final = {Audience.NOBODY: "nobody", Audience.COHORT: "the cohort", Audience.EVERYONE: "everyone"}
_STAYS: Final = "whoever has one keeps it"


def rollout_differences(before: Rollout | None, after: Rollout | None) -> Iterator[Difference]:
    """Yield what the phase opens and what it closes."""
    old, new = (one.audience if one else Audience.NOBODY for one in (before, after))
    if old is not new:
        yield _audience(old, new, after)
    elif before is not None and after is not None and new is Audience.COHORT:
        yield from _places(before.beta_cap, after.beta_cap)
    for name in FlagName:
        yield from _flag(name, before, after)


def _audience(before: Audience, after: Audience, rollout: Rollout | None) -> Difference:
    cap = rollout.beta_cap if rollout and after is Audience.COHORT else None
    limit = "" if cap is None else f", and of the beta creators in it {cap} at most"
    if _REACH[after] > _REACH[before]:
        return Difference(f"{_WHO[after]} may now make a profile{limit}", widens=True)
    alone = f"{_WHO[after]} alone may" if after is Audience.COHORT else "nobody may"
    return Difference(f"{alone} make a profile now, not {_WHO[before]}{limit}: {_STAYS}", widens=False)


def _places(before: int | None, after: int | None) -> Iterator[Difference]:
    if before == after:
        return
    old, new = ("without a limit" if cap is None else str(cap) for cap in (before, after))
    widens = after is None or (before is not None and after > before)
    kept = "" if widens else f": {_STAYS}"
    yield Difference(f"at most {new} beta creators may now have a profile, {old} before{kept}", widens=widens)


def _flag(name: FlagName, before: Rollout | None, after: Rollout | None) -> Iterator[Difference]:
    """Yield what becomes of a flag; those of monitoring let nobody in."""
    old, new = (_holders(name, one) for one in (before, after))
    if old is new or not flag(name).obeys_latch:
        return
    if new is Audience.NOBODY:
        yield Difference(f"{name.value} is off now: it was on for {_WHO[old]}", widens=False)
        return
    yield Difference(f"{name.value} is on for {_WHO[new]} now", widens=_REACH[new] > _REACH[old])


def _holders(name: FlagName, rollout: Rollout | None) -> Audience:
    """Return for whom the flag is on, with all that it requires."""
    if rollout is None or not all(rollout.flags.get(link) for link in chain_of(name)):
        return Audience.NOBODY
    return Audience.COHORT if set(rollout.cohort_only) & set(chain_of(name)) else Audience.EVERYONE
