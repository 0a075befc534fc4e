"""The gradual rollback as a course of steps: turn off the newest, watch, stop once the numbers have recovered.

It decides and waits; what it looks at and acts on is its `Scene`, so that it can be run through without a clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from infra.gates.watching import Level
from infra.models.flag import FlagName

DEFAULT_SOAK_SECONDS: Final = 30 * 60.0
#: Between two looks at the numbers.
EVERY_SECONDS: Final = 30.0
#: A single look may be a blip.
_CRITICAL_LOOKS: Final = 2


@dataclass(frozen=True)
class Stage:
    """One step of the way down: the flags that it turns off."""

    number: int
    flags: tuple[FlagName, ...]

    @property
    def is_last(self) -> bool:
        """Whether nothing is on after it, so that the phase falls too."""
        return self.number == len(STAGES)


#: The guide's order, newest first.
STAGES: Final = (
    Stage(1, (FlagName.CREATIVE_PIPELINE_FULL, FlagName.CREATOR_AGENT_LAUNCH)),
    Stage(2, (FlagName.CREATOR_AGENT_ECONOMICS,)),
    Stage(3, (FlagName.CREATIVE_PIPELINE_ASSESSMENT,)),
    Stage(4, (FlagName.ENABLE_CREATIVE_PIPELINE,)),
)


@dataclass(frozen=True)
class Progress:
    """How far a gradual rollback is. `turned` is whether the step's flags are off; then it is being watched.

    The seconds count what was really watched, so that an interruption makes no soak shorter.
    """

    run: str
    step: int
    soak: float
    turned: bool = False
    watched: float = 0
    calm: float = 0

    @property
    def left(self) -> float:
        """How many seconds of the soak are left at the least."""
        return max(self.soak - self.watched, 0)


class Ending(StrEnum):
    """How it ended."""

    NOTHING = "nothing was on"
    RECOVERED = "the numbers have recovered"
    ALL_OFF = "everything is off"


class Scene(Protocol):
    """What the course looks at and acts on."""

    def on(self) -> frozenset[FlagName]:
        """Return the flags that are on, in the stack file or in the database."""

    def turn_off(self, stage: Stage, progress: Progress) -> None:
        """Turn the stage's flags off, for good and on record. Done twice it is as if done once."""

    def look(self) -> Level:
        """Measure, and return the worst level."""

    def keep(self, progress: Progress) -> None:
        """Remember how far it is."""

    def wait(self, seconds: float) -> None:
        """Let time pass."""

    def tell(self, text: str) -> None:
        """Say something."""


def roll_back(
    scene: Scene, *, run: str, soak: float, every: float = EVERY_SECONDS, begun: Progress | None = None
) -> Ending:
    """Take the steps that are left, each with its soak, until the numbers have recovered or everything is off.

    Args:
        scene: what it acts on.
        run: an id under which the steps are recorded, for a new rollback.
        soak: for how long to watch after each step, in seconds, for a new rollback.
        every: seconds between two looks.
        begun: where an earlier run was interrupted; it keeps its own soak.
    """
    on = scene.on()
    progress = _resumed(begun, on) if begun else _following(Progress(run, 0, soak), on)
    if progress is None:
        return Ending.NOTHING
    while progress:
        stage = STAGES[progress.step - 1]
        progress = _turn(scene, stage, progress)
        if stage.is_last:
            break
        if _watch(scene, progress, every):
            return Ending.RECOVERED
        scene.tell(f"step {stage.number} was not enough: the numbers are not what they should be")
        progress = _following(progress, scene.on())
    return Ending.ALL_OFF


def stages_left(on: Iterable[FlagName]) -> tuple[Stage, ...]:
    """Return the steps that have something to turn off."""
    left = set(on)
    return tuple(stage for stage in STAGES if left & set(stage.flags))


def _following(progress: Progress, on: frozenset[FlagName]) -> Progress | None:
    """Return the next step, past those whose flags are off already; None when nothing is left."""
    left = stages_left(on)
    return Progress(progress.run, left[0].number, progress.soak) if left else None


def _resumed(begun: Progress, on: frozenset[FlagName]) -> Progress:
    """Return where to go on. What somebody has undone since is taken again from there, as is a step half done."""
    first = next((stage.number for stage in stages_left(on)), begun.step)
    undone = first < begun.step or (begun.turned and on & set(STAGES[begun.step - 1].flags))
    return Progress(begun.run, min(first, begun.step), begun.soak) if undone else begun


def _turn(scene: Scene, stage: Stage, progress: Progress) -> Progress:
    if progress.turned:
        watched = f"{describe(progress.watched)} of {describe(progress.soak)}"
        scene.tell(f"taking up at step {stage.number}, watched for {watched}")
        return progress
    scene.keep(progress)
    scene.tell(f"step {stage.number}: {', '.join(stage.flags)} off")
    scene.turn_off(stage, progress)
    turned = replace(progress, turned=True)
    scene.keep(turned)
    return turned


def _watch(scene: Scene, progress: Progress, every: float) -> bool:
    """Watch for the soak, and on for as long as the numbers are calm again but not for a whole soak yet.

    Returns whether they have recovered. At the end of the soak, or later, a number that is not calm is an answer.
    """
    scene.tell(f"watching for {describe(progress.left or every)}")
    fired = 0
    while True:
        level = scene.look()
        fired = _warn(scene, fired) if level is Level.FIRING else 0
        calm = level in {Level.CALM, Level.NO_DATA}
        progress = progress if calm else replace(progress, calm=0)
        scene.keep(progress)
        if progress.watched >= progress.soak and (not calm or progress.calm >= progress.soak):
            return calm
        step = min(every, _until_next_decision(progress) or every)
        scene.wait(step)
        progress = replace(progress, watched=progress.watched + step, calm=progress.calm + step if calm else 0)


def _until_next_decision(progress: Progress) -> float:
    return progress.left or progress.soak - progress.calm


def _warn(scene: Scene, fired: int) -> int:
    """Say once that something has become critical; return how many looks in a row have said so."""
    if fired + 1 == _CRITICAL_LOOKS:
        scene.tell("this is critical: `rollout rollback --immediate` turns everything off at once")
    return fired + 1


def describe(seconds: float) -> str:
    """Return a time in words, such as 30m or 1m30s."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest}s" if minutes and rest else f"{minutes}m" if minutes else f"{rest}s"
