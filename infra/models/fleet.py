"""Many databases that are deployed alike: which stacks, in which waves, and when to stop."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from infra.models.base import Model, fault
from infra.models.moments import Span

StackName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
WaveName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_ .-]{1,60}$")]
CANARY: Final = "canary"


class Check(StrEnum):
    """What each stack of a wave must pass before the next wave begins."""

    CONVERGED = "converged"
    """The next plan is empty."""
    VERIFIED = "verified"
    """The access table is proven against the database."""
    CALM = "calm"
    """No trigger of a rollback fires."""


#: The command by which each is looked at: it ends with 0 where it holds.
CHECKS: Final[Mapping[Check, tuple[str, ...]]] = {
    Check.CONVERGED: ("preview", "--expect-no-changes"),
    Check.VERIFIED: ("verify",),
    # Two evaluations: a trigger is confirmed by the second.
    Check.CALM: ("watch", "--every", "5s", "--for", "6s"),
}


class Wave(Model):
    """Stacks that are deployed together; the next wave waits for all of them."""

    name: WaveName
    stacks: Annotated[tuple[StackName, ...], Field(min_length=1)]


class Fleet(Model):
    """What a fleet file says. Either `waves` are named one by one, or `stacks` are cut into waves of `wave_size`.

    Attributes:
        stacks: every stack, in order.
        canary: those of the first wave.
        wave_size: how many stacks a wave has.
        waves: the waves themselves.
        concurrency: how many stacks are deployed at once.
        max_failures: so many stacks of a wave may fail; with one more nothing further of that wave is begun.
        pause: how long is waited after a wave before its gate is looked at.
        gate: what each stack of a wave must pass before the next wave begins.
        timeout: after which a stack's deploy is interrupted, and counts as failed.
    """

    stacks: tuple[StackName, ...] = ()
    canary: tuple[StackName, ...] = ()
    wave_size: Annotated[int, Field(ge=1, le=1000)] = 10
    waves: tuple[Wave, ...] = ()
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    max_failures: Annotated[int, Field(ge=0, le=1000)] = 0
    pause: Span | None = None
    gate: tuple[Check, ...] = (Check.CONVERGED,)
    timeout: Span | None = None

    @property
    def plan(self) -> tuple[Wave, ...]:
        """The waves in their order: as they are named, or the canary and then the rest in equal parts."""
        if self.waves:
            return self.waves
        rest = [name for name in self.stacks if name not in self.canary]
        parts = [rest[start : start + self.wave_size] for start in range(0, len(rest), self.wave_size)]
        first = [Wave(name=CANARY, stacks=self.canary)] if self.canary else []
        return (*first, *(Wave(name=f"wave {number}", stacks=tuple(part)) for number, part in enumerate(parts, 1)))

    @property
    def looks(self) -> tuple[tuple[str, ...], ...]:
        """The commands by which the gate is looked at."""
        return tuple(CHECKS[check] for check in self.gate)

    @model_validator(mode="after")
    def _check(self) -> "Fleet":
        if found := self._contradictions():
            raise ValidationError.from_exception_data("fleet", found)
        return self

    def _contradictions(self) -> list[InitErrorDetails]:
        if bool(self.waves) is bool(self.stacks or self.canary):
            error = fault(
                "FLEET001",
                "it names its stacks twice" if self.waves else "it names no stack",
                allowed="either waves, or stacks with a canary",
                fix="write `stacks: [NAME, …]` and `canary: [NAME]`, or `waves: [{name: …, stacks: […]}]`",
            )
            return [InitErrorDetails(type=error, loc=("stacks",), input=None)]
        names = [name for wave in self.plan for name in wave.stacks]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            problem = f"named more than once: {', '.join(twice)}"
            error = fault("FLEET001", problem, allowed="each stack in one wave", fix="take it out of one of them")
            return [InitErrorDetails(type=error, loc=("waves" if self.waves else "stacks",), input=None)]
        return []
