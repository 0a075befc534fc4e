"""The gradual rollback on a real stack: flags through the stack file and `up`, numbers from the database."""

import uuid
from datetime import timedelta
from typing import Any, Final

from infra.cli.advance_edit import Change, carry_out, standing
from infra.cli.output import Output
from infra.cli.rollback_connection import Place
from infra.cli.rollback_gradual import STAGES, Progress, Stage
from infra.cli.rollback_progress import ProgressFile
from infra.cli.watch_alarms import Alarms, worst
from infra.cli.watch_clock import Clock
from infra.config.editing import StackFile
from infra.database.insisting import insist
from infra.database.ledger import Entry, append, read_ledger
from infra.database.provenance import provenance
from infra.database.session import open_session
from infra.database.target import Target
from infra.errors import RolloutError
from infra.gates.watching import Level, Reading, measure, unreachable
from infra.models.flag import FlagName
from infra.pipeline.flags import FLAGS
from infra.pipeline.phases import FIRST, LAST, rollout

EVENT: Final = "rollback"
GRADUAL: Final = "gradual"
_APPLICATION: Final = "rollout rollback"
_READY: Final = {"launch": FlagName.CREATOR_AGENT_LAUNCH, "full": FlagName.CREATIVE_PIPELINE_FULL}
PIPELINE: Final = frozenset(flag.name for flag in FLAGS if flag.obeys_latch)


class HaltError(Exception):
    """A step could not be taken; what there is to say has been said."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


class LiveScene:
    """One stack and its database, as the course of a gradual rollback sees them."""

    def __init__(self, place: Place, target: Target, engine: str, output: Output, clock: Clock) -> None:
        self._place = place
        self._target = target
        self._engine = engine
        self._output = output
        self._clock = clock
        self._alarms = Alarms()
        self.file = ProgressFile(place.home, place.stack)
        self.last: Progress | None = None

    def on(self) -> frozenset[FlagName]:
        """Return the flags that the stack file turns on, or the database has on."""
        stored = standing(self._target).flags
        return wanted(StackFile(self._place.file)) | {name for name in PIPELINE if stored.get(name)}

    def turn_off(self, stage: Stage, progress: Progress) -> None:
        """Edit the stack file, run `up`, and record the step.

        Raises:
            HaltError: when `up` does not succeed.
        """
        change = Change(
            stack=self._place.stack,
            engine=self._engine,
            edit=lambda file: close(file, stage),
            question="",
            yes=True,
        )
        code = carry_out(change, self._place.file, self._output)
        if code:
            raise HaltError(code)
        self.record(progress, {"flags": [flag.value for flag in stage.flags]})

    def look(self) -> Level:
        """Measure, say what has changed, and return the worst level."""
        readings = self._measure()
        self._alarms = self._alarms.after(readings)
        for reading in self._alarms.changed:
            self.tell(f"  {reading.describe()}")
        return worst(readings)

    def keep(self, progress: Progress) -> None:
        """Write down how far it is."""
        self.last = progress
        self.file.write(progress, self._clock.now())

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._clock.wait(seconds)

    def tell(self, text: str) -> None:
        """Say it with the time."""
        self._output.line(f"{self._clock.now():%H:%M:%S} {text}")

    def record(self, progress: Progress, details: dict[str, Any]) -> None:
        """Add to the ledger, unless it says so already."""
        who, step = provenance(), {"run": progress.run, "step": progress.step, "soak": progress.soak}
        kept = step | {"kind": GRADUAL, "stack": self._place.stack} | details
        reason = f"gradual rollback, step {progress.step}"
        entry = Entry(EVENT, who.actor, who.commit, subject=GRADUAL, reason=reason, details=kept)
        with open_session(self._target, application_name=_APPLICATION) as session:
            if not any(known.details == kept for known in read_ledger(session, event=EVENT, limit=len(STAGES) * 2)):
                insist(session, "ledger", lambda: append(session, entry))

    def begun(self) -> Progress | None:
        """Return where an earlier run was interrupted: by its own file, or by the ledger where that is gone."""
        return self.file.read(self._clock.now()) or self._recorded()

    def _recorded(self) -> Progress | None:
        with open_session(self._target, application_name=_APPLICATION) as session:
            entries = read_ledger(session, event=EVENT, limit=1)
        return interrupted(entries, self._place.stack, self._clock)

    def _measure(self) -> tuple[Reading, ...]:
        try:
            with open_session(self._target, application_name=_APPLICATION) as session:
                return measure(session)
        except RolloutError as error:
            return unreachable(error)


def interrupted(entries: list[Entry], stack: str, clock: Clock) -> Progress | None:
    """Return the rollback whose newest record is a step of this stack's, not an end, and younger than its soak."""
    details = entries[-1].details if entries else {}
    if details.get("kind") != GRADUAL or details.get("stack") != stack or "ended" in details:
        return None
    at = entries[-1].recorded_at
    if at is None or clock.now() - at > timedelta(seconds=details["soak"]):
        return None
    return Progress(details["run"], details["step"], details["soak"], turned=True)


def wanted(file: StackFile) -> frozenset[FlagName]:
    """Return the pipeline's flags that a stack file turns on; what is wrong in the file is for `up` to say."""
    phase = file.phase
    if phase is None or not FIRST <= phase <= LAST:
        return frozenset()
    said = file.get("ready") or {}
    ready = [flag for key, flag in _READY.items() if isinstance(said, dict) and said.get(key) is True]
    off = [FlagName(name) for name, on in stated_flags(file).items() if name in set(FlagName) and on is False]
    flags = rollout(phase, ready=ready, off=off).flags
    return frozenset(name for name in PIPELINE if flags[name])


def stated_flags(file: StackFile) -> dict[str, bool]:
    """Return what the file says of flags, or nothing where that is no map: `up` refuses it."""
    return file.flags if isinstance(file.get("flags"), dict) else {}


def close(file: StackFile, stage: Stage) -> None:
    """Turn the stage's flags off in the file; with the last stage the phase falls, and says all that `flags` did."""
    if stage.is_last:
        lower(file, FIRST)
        return
    file.set_flags(stated_flags(file) | {flag.value: False for flag in stage.flags})


def lower(file: StackFile, phase: int) -> None:
    """Bring the file to an earlier phase, without the flags of ours that it would state for a later one."""
    kept = {name: on for name, on in stated_flags(file).items() if name not in {flag.value for flag in PIPELINE}}
    if phase > FIRST:
        kept |= {name: on for name, on in stated_flags(file).items() if on is False}
    file.set_flags(kept)
    file.set_phase(phase)


def new_run() -> str:
    """Return an id for a new rollback."""
    return uuid.uuid4().hex[:12]
