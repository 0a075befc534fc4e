"""How a program runs under an engine: whose interrupts are, and how the engine's SDK is told that all is declared."""

import asyncio
import signal
import sys


def leave_interrupts_to_pulumi() -> None:
    """Have Ctrl-C end a run of Pulumi's CLI, which cancels what is under way; whatever else runs us has its own way."""
    if any("pulumi-language-python" in argument for argument in sys.orig_argv):
        signal.signal(signal.SIGINT, signal.SIG_IGN)


async def begin() -> None:
    """Let what was declared begin: the SDK then waits for one resource after the other, and not for all at each one."""
    await asyncio.sleep(0)
