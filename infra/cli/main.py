"""The entry point of `rollout`."""

import atexit
import gc
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Final

from infra.cli.app import app

#: What is imported stays: looking through it as often as by default takes a tenth of a command's time.
COLLECTING: Final = (50_000, 20, 20)


def main() -> None:
    """Run the command line. Characters that the terminal does not know are replaced, never a failure."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr] # a text stream of the interpreter's own
    signal.signal(signal.SIGTERM, _stop)
    gc.set_threshold(*COLLECTING)
    codes: list[int] = []
    atexit.register(_end, codes)  # the first to be registered is the last to be called
    try:
        app()
    except SystemExit as ended:
        if isinstance(ended.code, int):
            codes.append(ended.code)
        raise


def _end(codes: list[int]) -> None:
    """End here: threads and handlers are done, and to take the interpreter apart would take a tenth of the command."""
    if codes:
        with suppress(OSError, ValueError):  # nobody reads it any more: the interpreter says so in its own way
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(codes[0])


def _stop(_number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does: whoever asked for it, a person or a service manager, is to find nothing half written."""
    raise KeyboardInterrupt
