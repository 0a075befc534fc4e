"""How a program runs under an engine: whose interrupts are, what is told, how all that was declared begins."""

import asyncio
import os
import signal
import sys

import pulumi

from infra.collecting import collect_rarely
from infra.errors import DEBUG_VARIABLE


def leave_interrupts_to_pulumi() -> None:
    """Have Ctrl-C end a run of Pulumi's CLI, which cancels what is under way; whatever else runs us has its own way."""
    if is_under_pulumi():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def make_haste() -> None:
    """Have a run of Pulumi's CLI collect garbage rarely, and send no lines for debugging.

    Each of the SDK's three lines for a resource stops the whole program until the CLI has taken it.
    """
    if is_under_pulumi():
        collect_rarely()
        if DEBUG_VARIABLE not in os.environ:
            pulumi.log.debug = lambda *_given, **_named: None


def is_under_pulumi() -> bool:
    """Tell whether Pulumi's CLI has started this program."""
    return any("pulumi-language-python" in argument for argument in sys.orig_argv)


async def begin() -> None:
    """Let what was declared begin: the SDK then waits for one resource after the other, and not for all at each one."""
    await asyncio.sleep(0)
