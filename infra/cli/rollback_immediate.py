"""The kill switch as a command: the database first, by the shortest way, and then what has to follow it."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from infra.cli.failures import unexpected
from infra.cli.output import Output
from infra.cli.rollback_connection import Place
from infra.database.insisting import insist, nothing_rolled_out
from infra.database.provenance import login_name, provenance
from infra.database.rollout import State, engage_latch, lift_latch, read_state
from infra.database.session import Session, open_session
from infra.database.target import Target
from infra.errors import RolloutError, RolloutErrors

OK = 0
FAILED = 1
FIRST_PHASE = 1
SUBJECT = "kill switch"
DEFAULT_REASON = "rollout rollback --immediate"
_APPLICATION = "rollout kill switch"
#: git may be slow in a large checkout; the switch does not wait for it.
_PATIENCE_SECONDS = 0.3


class Actor:
    """Who turns the switch: as said, or as found out while the connection is being made."""

    def __init__(self, said: str = "") -> None:
        self._found = said.strip()
        self._search = threading.Thread(target=self._look, daemon=True)
        if not self._found:
            self._search.start()

    @property
    def name(self) -> str:
        """The name; the login of this machine where the better one is not to be had in time."""
        if not self._found:
            self._search.join(_PATIENCE_SECONDS)
        return self._found or login_name()

    def _look(self) -> None:
        self._found = provenance().actor


@dataclass(frozen=True)
class Switched:
    """What the switch did: whether it was this run that set it, how long it took in milliseconds, what is there now."""

    first: bool
    milliseconds: float
    statement_milliseconds: float
    state: State


def turn_off(target: Target, actor: Actor, reason: str) -> Switched:
    """Set the latch and turn the five flags off, in one statement.

    Raises:
        RolloutError: DB001 or DB002 without a connection, DB004 when the state stayed locked, DB008 where nothing is
            rolled out.
    """
    begun = time.perf_counter()
    with open_session(target, application_name=_APPLICATION) as session:
        name, asked = actor.name, time.perf_counter()
        first = insist(session, SUBJECT, lambda: engage_latch(session, name, reason))
        done = time.perf_counter()
        return Switched(first, (done - begun) * 1000, (done - asked) * 1000, require_state(session))


def turn_on_again(target: Target, by: str, why: str) -> bool:
    """Lift the latch; the flags stay off until the next `up`. Return whether it was set.

    Raises:
        RolloutError: as `turn_off` does.
    """
    with open_session(target, application_name=_APPLICATION) as session:
        require_state(session)
        return insist(session, SUBJECT, lambda: lift_latch(session, by, why))


def require_state(session: Session, subject: str = SUBJECT) -> State:
    """Return where the database stands.

    Raises:
        RolloutError: DB008 where nothing is rolled out.
    """
    state = read_state(session)
    if state is None:
        raise nothing_rolled_out(session, subject)
    return state


def show_switched(switched: Switched, output: Output) -> None:
    """Say what the switch did, and how fast."""
    state = switched.state
    if switched.first:
        taken = f"{switched.milliseconds:.0f} ms with the connection, {switched.statement_milliseconds:.1f} ms without"
        output.line(f"the five pipeline flags are off and the kill switch is set ({taken})", "bold")
    else:
        when = f"{state.latched_at:%Y-%m-%d %H:%M:%S} UTC" if state.latched_at else "before"
        output.line(f"the kill switch was set already, {when} by {state.latched_by} ({state.latched_reason})", "bold")


def follow_up(place: Place, switched: Switched, output: Output) -> int:
    """Let the stack file and whoever else is told the flags follow; what fails is told, and undoes nothing."""
    steps: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: _lower_phase(place),
        lambda: _deliver(place, switched.state),
    )
    problems: list[str] = []
    for step in steps:
        try:
            for text in step():
                output.line(text)
        except (RolloutError, RolloutErrors) as error:
            problems.append(str(error))
        except Exception as error:  # noqa: BLE001 - the other step is to be taken whatever went wrong here
            problems.append(str(unexpected(error)))
    for problem in dict.fromkeys(problems):
        output.error(problem)
    if problems:
        output.error("The pipeline is off, and stays so; mend these, or run the same command again.")
    _say_what_is_left(place, output)
    return FAILED if problems else OK


def _lower_phase(place: Place) -> Iterator[str]:
    """Bring the stack file to phase 1, without what it would be ahead of there."""
    from infra.config.editing import StackFile  # noqa: PLC0415 - not before the statement

    file = StackFile(place.file)
    ahead = {name for name, on in file.flags.items() if on is True and name in _obedient()}
    if ahead:
        file.set_flags({name: on for name, on in file.flags.items() if name not in ahead})
    file.set_phase(FIRST_PHASE)
    if file.save():
        yield f"{place.file.name} is at phase {FIRST_PHASE} now: commit it"
    else:
        yield f"{place.file.name} is at phase {FIRST_PHASE}"


def _deliver(place: Place, state: State) -> Iterator[str]:
    """Tell the flags wherever else the stack file wants them told."""
    from infra.cli.rollback_delivery import deliver  # noqa: PLC0415 - boto3 takes longer than the whole statement

    return deliver(place, state)


def _obedient() -> frozenset[str]:
    from infra.pipeline.flags import FLAGS  # noqa: PLC0415 - not before the statement

    return frozenset(flag.name.value for flag in FLAGS if flag.obeys_latch)


def _say_what_is_left(place: Place, output: Output) -> None:
    stack = "" if place.stack == "dev" else f" --stack {place.stack}"
    output.line(f"Left to do: `rollout up{stack}` narrows who may enter to phase {FIRST_PHASE}; no row is touched.")
    output.line(f"Until `rollout rollback --clear --by WHO --why TEXT{stack}` nothing turns the flags on again.")
