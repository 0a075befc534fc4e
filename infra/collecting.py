"""How often a process looks for garbage: one that runs for a second makes little, and what it has loaded stays."""

import atexit
import gc
from typing import Final

#: With Python's own, (700, 10, 10), looking through what is imported takes a tenth of the time of a command.
THRESHOLDS: Final = (50_000, 20, 20)


def collect_rarely() -> None:
    """Have the collector run rarely, and not once more over all that is loaded when the interpreter ends."""
    gc.set_threshold(*THRESHOLDS)
    atexit.register(gc.freeze)
