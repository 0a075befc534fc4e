"""Where a database stands in the rollout: its phase, who may enter, and which flags are on."""

from typing import Annotated

from pydantic import Field

from infra.models.base import Model
from infra.models.flag import FlagName
from infra.models.phase import Audience


class Rollout(Model):
    """The phase of one database with all that it decides.

    `beta_cap` is how many beta creators may have a profile, None for no limit. Flags of `cohort_only` are on for the
    cohort's members alone.
    """

    phase: Annotated[int, Field(ge=1, le=5)]
    audience: Audience
    beta_cap: Annotated[int | None, Field(ge=0)] = None
    flags: dict[FlagName, bool]
    cohort_only: tuple[FlagName, ...] = ()

    @property
    def identity(self) -> str:
        """The id: a database has one."""
        return "rollout"

    @property
    def values(self) -> dict[str, bool]:
        """Each flag by its plain name."""
        return {name.value: on for name, on in self.flags.items()}
