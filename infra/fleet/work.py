"""What is done to one stack of a fleet: the commands that a person would run, one after the other."""

import os
import re
import signal
import time
from dataclasses import dataclass
from typing import Final

from infra.errors import CODES, redact
from infra.fleet.commands import LOST, Running, commands_of

UP: Final = ("up", "--yes")
TIMED_OUT: Final = 124
#: How long an interrupted command may take to put things in order, in seconds.
_GRACE: Final = 60.0
_LONGEST: Final = 2000
_SHOWN: Final = 3


@dataclass(frozen=True)
class Order:
    """What is to be done to a stack: the project's folder, the commands, for how many seconds at most, in which run."""

    folder: str
    stack: str
    commands: tuple[tuple[str, ...], ...]
    engine: str = "auto"
    timeout: float | None = None
    run: str = ""


@dataclass(frozen=True)
class Result:
    """What came of it: the exit code of the command that failed, or 0, and why."""

    stack: str
    code: int
    seconds: float
    why: str = ""


def carry_out(order: Order) -> Result:
    """Run the commands of an order until one fails. It needs nothing but its argument, so that any worker can do it."""
    begun = time.monotonic()
    for command in order.commands:
        code, said = _run(order, command, begun)
        if code:
            why = f"`rollout {command[0]}` ended with {code}: {said}"
            return Result(order.stack, code, time.monotonic() - begun, why[:_LONGEST])
    return Result(order.stack, 0, time.monotonic() - begun)


def password_variable(stack: str) -> str:
    """Return the variable that holds one stack's password, such as ``PGPASSWORD_TENANT_1``."""
    return "PGPASSWORD_" + re.sub(r"[^A-Z0-9]", "_", stack.upper())


def _run(order: Order, command: tuple[str, ...], begun: float) -> tuple[int, str]:
    engine = () if command[0] in {"verify", "watch"} else ("--engine", order.engine)
    left = None if order.timeout is None else max(0.0, order.timeout - (time.monotonic() - begun))
    arguments = (*command, "--stack", order.stack, *engine)
    try:
        running = commands_of(order.folder, order.run).begin(arguments, _environment(order.stack))
    except OSError as error:
        return LOST, f"it could not be begun ({error.strerror})"
    try:
        code, said = running.wait(left)
    except TimeoutError:
        return TIMED_OUT, f"it took more than {order.timeout:g} s; {_interrupt(running)}"
    except BaseException:
        _interrupt(running)
        raise
    return code, _last(said)


def _interrupt(running: Running) -> str:
    """Let a command end in order, as with Ctrl-C; kill it if it does not."""
    running.send(signal.SIGINT)
    try:
        _, said = running.wait(_GRACE)
    except TimeoutError:
        running.send(signal.SIGKILL)
        _, said = running.wait(None)
    return _last(said)


def _environment(stack: str) -> dict[str, str]:
    own = os.environ.get(password_variable(stack))
    return os.environ | ({"PGPASSWORD": own} if own else {})


def _last(said: str) -> str:
    """Return the named errors among what a command has said, or else its last lines, without secrets."""
    lines = [line.strip() for line in redact(said).splitlines() if line.strip()]
    named = [line for line in lines if line.partition(" ")[0] in CODES]
    return " / ".join(named[:_SHOWN] or lines[-_SHOWN:])
