"""A deploy and a removal in a child process that is killed when it is about to send its N-th statement."""

import multiprocessing
import os
import re
import signal
import threading
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from typing import Final

from infra.database.target import Target
from tests.ddl.scripts import definition
from tests.deploying import Deployer
from tests.faults.tap import Tap

DEFINITION: Final = definition()
SECONDS: Final = 120
#: How a statement begins that leaves the database as it was; one without a text is a prepared query asked again.
READS: Final = ("SELECT", "WITH", "SET", "SHOW")
#: What changes something though it is called in a query.
CALLS: Final = ("set_rollout(", "set_cohort(", "kill_switch(", "pg_reload_conf(", "pg_terminate_backend(")
_COMMENT: Final = re.compile(r"\A(?:\s*--[^\n]*\n)+")
#: Children of a process without threads that has imported all of this already: each starts in some milliseconds.
CONTEXT: Final = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])

Action = Callable[[Target], None]


def deploy(target: Target) -> None:
    """Bring phase 1 to the database, as the provider does it."""
    deployer = Deployer(target, DEFINITION)
    try:
        deployer.up()
    finally:
        deployer.close()


def remove(target: Target) -> None:
    """Take everything away, the tables parked with their rows."""
    deployer = Deployer(target, DEFINITION)
    try:
        deployer.down()
    finally:
        deployer.close()


def raise_to_the_last(target: Target) -> None:
    """Bring phase 5 to the database."""
    deployer = Deployer(target, definition(phase=5))
    try:
        deployer.up()
    finally:
        deployer.close()


def drift(target: Target) -> dict[str, list[str]]:
    """Return what a refresh and a preview would show."""
    deployer = Deployer(target, DEFINITION)
    try:
        return deployer.drift()
    finally:
        deployer.close()


def killed_at(number: int, action: Action, target: Target) -> bool:
    """Run the action in a child, killed instead of sending its statement of this number; False if it sent fewer."""
    started = threading.Event()
    child: list[ForkServerProcess] = []

    def on_statement(sent: int, _text: str) -> bool:
        if sent < number:
            return True
        started.wait(SECONDS)
        os.kill(child[0].pid or 0, signal.SIGKILL)
        return False

    with Tap(target, on_statement) as tap:
        child.append(CONTEXT.Process(target=action, args=(tap.target,)))
        child[0].start()
        started.set()
        child[0].join(SECONDS)
        code = child[0].exitcode
    assert code in {0, -signal.SIGKILL}, f"statement {number}: the child ended with {code}"
    return code != 0


def changes(action: Action, target: Target) -> list[int]:
    """Run the action whole, and return the numbers of its statements that may change something.

    Killed before any other one the database is as it is before the next of these.
    """
    with Tap(target) as tap:
        action(tap.target)
    return [number for number, text in enumerate(tap.statements, 1) if may_change(text)]


def may_change(statement: str) -> bool:
    """Whether a statement may leave the database, or the transaction that it is in, other than it was."""
    text = _COMMENT.sub("", statement).lstrip()
    return bool(text) and (not text.startswith(READS) or any(call in text for call in CALLS))
