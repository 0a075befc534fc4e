"""The phases of the rollout: what is on, who may enter, and how many."""

from enum import StrEnum

from pydantic import Field

from infra.models.base import Model
from infra.models.flag import FlagName


class Audience(StrEnum):
    """Who may enter: who may make a profile, and for whom a flag that is for the cohort only is on."""

    NOBODY = "nobody"
    COHORT = "cohort"
    EVERYONE = "everyone"


class Phase(Model):
    """One phase. `beta_cap` is how many beta creators may have a profile; None is no limit.

    `flags` are on by the phase itself, `when_ready` only once somebody has said that they are ready; those of
    `for_cohort` are on for the cohort's members alone.
    """

    number: int = Field(ge=1, le=5)
    name: str
    audience: Audience
    beta_cap: int | None = Field(default=None, ge=0)
    flags: tuple[FlagName, ...] = ()
    when_ready: tuple[FlagName, ...] = ()
    for_cohort: tuple[FlagName, ...] = ()
    enters: str
    """Who may enter, in words."""

    @property
    def opens_sign_up(self) -> bool:
        """Whether anybody may make a profile."""
        return self.audience is not Audience.NOBODY
