"""The entry point of `rollout`."""

import signal
import sys
from types import FrameType

from infra.cli.app import app
from infra.collecting import collect_rarely


def main() -> None:
    """Run the command line. Characters that the terminal does not know are replaced, never a failure."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr] # a text stream of the interpreter's own
    signal.signal(signal.SIGTERM, _stop)
    collect_rarely()
    app()


def _stop(_number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does: whoever asked for it, a person or a service manager, is to find nothing half written."""
    raise KeyboardInterrupt
