"""Going up: a proven backup, the gate measured, the stack file edited, the plan, the answer, the change."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from infra.cli.advance_edit import Change, carry_out, standing
from infra.cli.asking import require_answer
from infra.cli.gate_reading import gate_settings, show_report
from infra.cli.options import open_runner
from infra.cli.output import Output
from infra.cli.stacks import Stack
from infra.config.editing import StackFile
from infra.database.insisting import insist
from infra.database.ledger import Entry, append
from infra.database.provenance import provenance
from infra.database.rollout import State
from infra.database.session import open_session
from infra.database.target import Target
from infra.errors import RolloutError, RolloutErrors
from infra.gates.transition import transition
from infra.models.gate import GateSettings
from infra.pipeline.phases import LAST

OK: Final = 0
APPLICATION: Final = "rollout advance"


@dataclass(frozen=True)
class Advance:
    """What is asked for: `to` is the next phase unless it is said; without a backup there must be a reason."""

    stack: str
    engine: str = "auto"
    to: int | None = None
    yes: bool = False
    backup: bool = True
    why: str = ""


def advance_stack(wish: Advance, output: Output) -> int:
    """Bring the stack to the next phase; return the exit code.

    Nothing is changed before the gate is passed, the plan is sound and the answer is a yes.

    Raises:
        RolloutError: CLI001 for a phase that cannot be advanced to, CLI004 without an answer, FLAG005 while the kill
            switch is set, BAK001 or BAK002 without a proven backup.
        RolloutErrors: GATE001 and GATE002 at a gate that stays shut.
    """
    require_answer("advance", output, yes=wish.yes)
    stack, runner = open_runner(wish.stack, wish.engine, output)
    path = stack.folder / f"Pulumi.{stack.name}.yaml"
    target = runner.target()
    state = standing(target)
    if state.phase == LAST and wish.to in {None, LAST}:
        output.line(f"the stack is at phase {LAST} already: that is the last one; `rollout gate` shows how it fares")
        return OK
    phase = wish.to if wish.to is not None else state.phase + 1
    _require_possible(state, StackFile(path).phase, phase)
    settings = gate_settings(StackFile(path), stack.name)
    if wish.backup:
        output.line(f"backup taken, restored and compared: {_back_up(target, stack)}")
    require_gates(target, phase, settings, output)
    return carry_out(_change(wish, state, phase), path, output)


def require_gates(target: Target, phase: int, settings: GateSettings, output: Output) -> None:
    """Measure what stands between the database's phase and this one, and show it.

    Raises:
        RolloutErrors: GATE001 for each criterion that keeps the gate shut, GATE002 for phases that would be skipped.
    """
    with open_session(target, application_name=APPLICATION) as session:
        found = transition(session, phase, settings, datetime.now(UTC))
    if found.report:
        show_report(found.report, output)
    for line in found.lines()[len(found.report.lines()) if found.report else 0 :]:
        output.line(line)
    if found.errors:
        raise RolloutErrors(found.errors)


def _require_possible(state: State, file_phase: int | None, phase: int) -> None:
    if state.latched:
        problem = f"the kill switch is set (by {state.latched_by}: {state.latched_reason})"
        fix = "mend the cause, then `rollout rollback --clear --by WHO --why TEXT`"
        raise RolloutError("FLAG005", "advance", problem, fix=fix)
    if not state.phase < phase <= LAST:
        allowed = f"{state.phase + 1} to {LAST}" if state.phase < LAST else "none: it is the last one"
        problem = f"phase {phase} is no later one: the database is at phase {state.phase}"
        raise RolloutError("CLI001", "--to", problem, allowed=allowed, fix="`rollout rollback --to N` goes back")
    _require_file(state, file_phase, phase)


def _require_file(state: State, file_phase: int | None, phase: int) -> None:
    # An advance that was killed has left the file at the phase that it was to bring.
    if file_phase not in {state.phase, phase}:
        problem = f"the stack file is at phase {file_phase}, and the database at phase {state.phase}"
        fix = "look at `rollout preview`, and bring the two together with `rollout up`"
        raise RolloutError("CLI001", "advance", problem, fix=fix)


def _change(wish: Advance, state: State, phase: int) -> Change:
    def edit(file: StackFile) -> None:
        # Backup and gate take their time: whoever has begun to go back meanwhile is not overruled.
        _require_file(state, file.phase, phase)
        file.set_phase(phase)

    return Change(
        stack=wish.stack,
        engine=wish.engine,
        edit=edit,
        question=f"Advance from phase {state.phase} to phase {phase}?",
        yes=wish.yes,
        prepare=lambda target: None if wish.backup else _record_none(target, wish, state.phase, phase),
    )


def _back_up(target: Target, stack: Stack) -> str:
    from infra.cli.backup_flow import open_store, take_and_prove  # noqa: PLC0415 - only where one is wanted

    who = provenance()
    return take_and_prove(target, open_store(stack, None), actor=who.actor, commit=who.commit).place


def _record_none(target: Target, wish: Advance, here: int, phase: int) -> None:
    """Let the ledger say that somebody went on without a backup, and why."""
    who = provenance()
    details = {"kind": "no-backup", "stack": wish.stack}
    entry = Entry("override", who.actor, who.commit, str(here), str(phase), wish.why, details=details, subject="backup")
    with open_session(target, application_name=APPLICATION) as session:
        insist(session, "ledger", lambda: append(session, entry))
