"""The entry point of `rollout`."""

import gc
import signal
import sys
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
    try:
        app()
    finally:
        gc.freeze()  # what is loaded is not looked through once more at the end, which would take a tenth of it too


def _stop(_number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does: whoever asked for it, a person or a service manager, is to find nothing half written."""
    raise KeyboardInterrupt
