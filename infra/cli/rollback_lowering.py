"""Going down with time to spare: step by step while the numbers are watched, or to an earlier phase at once."""

from typing import Final

from infra.cli import flow
from infra.cli.advance_edit import Change, carry_out, standing
from infra.cli.asking import ask, require_answer
from infra.cli.output import Output
from infra.cli.rollback_connection import Place, find_target
from infra.cli.rollback_gradual import EVERY_SECONDS, Ending, Progress, describe, roll_back, stages_left
from infra.cli.rollback_scene import EVENT, HaltError, LiveScene, lower, new_run
from infra.cli.watch_clock import Clock, RealClock
from infra.config.editing import StackFile
from infra.database.insisting import insist
from infra.database.ledger import Entry, append, read_ledger
from infra.database.provenance import provenance
from infra.database.session import open_session
from infra.database.target import Target
from infra.errors import RolloutError
from infra.pipeline.phases import FIRST

_TO: Final = "phase"
#: How many rollbacks are looked through for the last one that was of the phase.
_LOOKED_AT: Final = 50


def lower_gradually(
    place: Place, engine: str, output: Output, *, soak: float, yes: bool, clock: Clock | None = None
) -> int:
    """Turn the flags off, newest first, until the numbers have recovered; return the exit code.

    Raises:
        RolloutError: CLI004 without an answer, ENG002 for a damaged file of an earlier run.
    """
    require_answer("rollback --gradual", output, yes=yes)
    target = find_target(place)
    state = standing(target)
    if state.latched:
        output.line(f"the kill switch is set (by {state.latched_by}): everything is off already")
        return flow.OK
    scene = LiveScene(place, target, engine, output, clock or RealClock())
    begun = scene.begun()
    if not _agreed(scene, begun, soak, output, yes=yes):
        return flow.FAILED
    try:
        ending = roll_back(scene, run=new_run(), soak=soak, every=min(EVERY_SECONDS, soak), begun=begun)
    except HaltError as halt:
        output.error("the gradual rollback stopped at this step; run the same command again once it can be taken")
        return halt.code
    except KeyboardInterrupt:
        output.note("stopped; the same command takes up at this step, with the rest of its soak")
        raise
    _finish(scene, ending, place, output)
    return flow.OK


def lower_to(place: Place, engine: str, output: Output, *, phase: int, yes: bool, why: str) -> int:
    """Bring the stack to an earlier phase: edit its file, show the plan, ask, apply; return the exit code.

    Raises:
        RolloutError: CLI001 for a phase that is not an earlier one, CLI004 without an answer.
    """
    require_answer("rollback --to", output, yes=yes)
    target = find_target(place)
    state = standing(target)
    former = max(state.phase, _cut_off(target, phase))
    there = max(former, StackFile(place.file).phase or FIRST)
    if phase >= there:
        allowed = f"{FIRST} to {there - 1}" if there > FIRST else ""
        problem = f"phase {phase} is no earlier one: the stack is at phase {there}"
        raise RolloutError("CLI001", "--to", problem, allowed=allowed, fix="`rollout advance` goes up")
    change = Change(
        stack=place.stack,
        engine=engine,
        edit=lambda file: lower(file, phase),
        question=f"Go back from phase {there} to phase {phase}? No row is touched.",
        yes=yes,
    )
    code = carry_out(change, place.file, output)
    if code == flow.OK:
        _record(place, target, former, phase, why)
    return code


def _cut_off(target: Target, phase: int) -> int:
    """Return the phase from which an earlier run went down to this one and was killed before its end, or nought.

    The phase changes in the database before the rollback is recorded there.
    """
    with open_session(target, application_name="rollout rollback") as session:
        change = next(iter(read_ledger(session, event=_TO, limit=1)), None)
        ends = [entry for entry in read_ledger(session, event=EVENT, limit=_LOOKED_AT) if entry.subject == _TO]
    if change is None or change.to_value != str(phase) or not change.from_value.isdigit():
        return 0
    last = max((entry.recorded_at for entry in ends if entry.recorded_at), default=None)
    recorded = last is not None and change.recorded_at is not None and last > change.recorded_at
    return 0 if recorded else int(change.from_value)


def _agreed(scene: LiveScene, begun: Progress | None, soak: float, output: Output, *, yes: bool) -> bool:
    """Say what is to come, and ask."""
    soak = begun.soak if begun else soak
    stages = stages_left(scene.on())
    if begun:
        output.line(f"an earlier run was interrupted at step {begun.step}: taking up there")
    for stage in stages:
        last = ", and phase 1" if stage.is_last else f", then {describe(soak)} of watching"
        output.line(f"step {stage.number}: {', '.join(stage.flags)} off{last}")
    if yes or not (stages or begun) or ask("Begin? It stops as soon as the numbers have recovered."):
        return True
    output.note("nothing was changed")
    return False


def _finish(scene: LiveScene, ending: Ending, place: Place, output: Output) -> None:
    last = scene.last
    if last is not None:
        scene.record(last, {"ended": ending.value})
    scene.file.forget()
    output.line(f"done: {ending.value}", "bold")
    phase = StackFile(place.file).phase or FIRST
    if ending is Ending.RECOVERED:
        output.line(f"What was turned off stays so by `flags` in {place.file.name}; take it out, and `rollout up`.")
    elif phase > FIRST:
        output.line(f"{place.file.name} is still at phase {phase}: `rollout rollback --to 1` lets nobody new in.")


def _record(place: Place, target: Target, before: int, phase: int, why: str) -> None:
    who = provenance()
    entry = Entry(
        EVENT,
        who.actor,
        who.commit,
        from_value=str(before),
        to_value=str(phase),
        reason=why or "rollout rollback --to",
        details={"kind": _TO, "stack": place.stack},
        subject=_TO,
    )
    with open_session(target, application_name="rollout rollback") as session:
        insist(session, "ledger", lambda: append(session, entry))
