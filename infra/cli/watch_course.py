"""The course of a watch: measure, say what has changed, and once a trigger is confirmed propose or act."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from infra.cli.output import Output
from infra.cli.rollback_connection import Place, find_target
from infra.cli.rollback_immediate import Actor, Switched, follow_up, require_state, show_switched, turn_off
from infra.cli.watch_alarms import CONSECUTIVE, Alarms, evidence
from infra.cli.watch_clock import Clock, RealClock
from infra.database.session import Session, open_session
from infra.database.target import Target
from infra.errors import RolloutError
from infra.gates.watching import Level, Reading, measure, unreachable
from infra.pipeline.triggers_for_rollback import TriggerName

QUIET: Final = 0
PROPOSED: Final = 3
ACTED: Final = 4
#: How often the kill switch is tried where the database cannot be reached.
TRIES: Final = 20
PAUSE_SECONDS: Final = 1.0
_APPLICATION: Final = "rollout watch"
#: The database cannot be asked: both are the watch's business.
_UNREACHABLE: Final = frozenset({"DB001", "DB003", "DB004"})

Measure = Callable[[Session, float | None], tuple[Reading, ...]]


@dataclass(frozen=True)
class Watch:
    """How to watch; times are in seconds."""

    act: bool = False
    every: float = 30
    seconds: float = 3600
    consecutive: int = CONSECUTIVE


@dataclass
class Course:
    """A watch under way."""

    target: Target
    output: Output
    clock: Clock
    alarms: Alarms
    measure: Measure = measure
    baseline: float | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)

    def evaluate(self) -> Alarms:
        """Measure once, say what has changed, and return what is known."""
        self.alarms = self.alarms.after(self._readings())
        for reading in self.alarms.changed:
            self._tell(reading)
        return self.alarms

    def _readings(self) -> tuple[Reading, ...]:
        try:
            with open_session(self.target, application_name=_APPLICATION) as session:
                readings = self.measure(session, self.baseline)
        except RolloutError as error:
            if error.code not in _UNREACHABLE:
                raise
            return unreachable(error)
        self.baseline = self.baseline or calm_p95(readings)
        return readings

    def _tell(self, reading: Reading) -> None:
        now = self.clock.now()
        styles = {Level.FIRING: "red", Level.RAISED: "yellow", Level.NO_DATA: "dim"}
        self.output.line(f"{now:%H:%M:%S} {reading.describe()}", styles.get(reading.level, ""))
        self.changes.append({"at": now.isoformat()} | reading.to_json())


def run_watch(
    place: Place, plan: Watch, output: Output, *, clock: Clock | None = None, measure: Measure = measure
) -> int:
    """Watch until a trigger is confirmed or the time is over; return the exit code.

    Raises:
        RolloutError: DB001 or DB002 when the database cannot be asked to begin with, DB008 where nothing is rolled out.
    """
    course = Course(find_target(place), output, clock or RealClock(), Alarms(plan.consecutive), measure)
    with open_session(course.target, application_name=_APPLICATION) as session:
        state = require_state(session)
    if state.latched:
        output.line(f"the kill switch is set (by {state.latched_by}): there is nothing to roll back")
        return _end(course, QUIET)
    confirmed = _watch(course, plan)
    if not confirmed:
        output.line(f"nothing calls for a rollback; watched for {timedelta(seconds=plan.seconds)}")
        return _end(course, QUIET)
    return _answer(course, confirmed, place, plan)


def calm_p95(readings: tuple[Reading, ...]) -> float | None:
    """Return the probe's percentile where it is as it should be: that is what later ones are held against."""
    probes = [reading for reading in readings if reading.name is TriggerName.DATABASE_P95]
    return next((reading.value for reading in probes if reading.level is Level.CALM), None)


def _watch(course: Course, plan: Watch) -> tuple[Reading, ...]:
    end = course.clock.now() + timedelta(seconds=plan.seconds)
    while True:
        confirmed = course.evaluate().confirmed
        left = (end - course.clock.now()).total_seconds()
        if confirmed or left <= 0:
            return confirmed
        course.clock.wait(min(plan.every, left))


def _answer(course: Course, confirmed: tuple[Reading, ...], place: Place, plan: Watch) -> int:
    """Propose the rollback, or do it with the evidence as its reason."""
    reason = evidence(confirmed)
    if not plan.act:
        stack = "" if place.stack == "dev" else f" --stack {place.stack}"
        course.output.line(f"{reason}", "red")
        course.output.line(f"This calls for a rollback: rollout rollback --immediate{stack}", "bold red")
        return _end(course, PROPOSED, reason)
    switched = _turn_off(course, f"rollout watch --act: {reason}")
    show_switched(switched, course.output)
    follow_up(place, switched, course.output)
    return _end(course, ACTED, reason)


def _turn_off(course: Course, reason: str) -> Switched:
    """Set the kill switch; a server that has no place left for us is asked again."""
    actor = Actor()
    for _ in range(TRIES - 1):
        try:
            return turn_off(course.target, actor, reason)
        except RolloutError as error:
            if error.code != "DB001":
                raise
            course.output.error(str(error))
        course.clock.wait(PAUSE_SECONDS)
    return turn_off(course.target, actor, reason)


def _end(course: Course, code: int, reason: str = "") -> int:
    levels = {name.value: level.value for name, level in course.alarms.levels.items()}
    done = {QUIET: "quiet", PROPOSED: "proposed", ACTED: "acted"}[code]
    document = {"ok": code in {QUIET, ACTED}, "outcome": done, "reason": reason, "levels": levels}
    course.output.document(document | {"changes": course.changes})
    return code
