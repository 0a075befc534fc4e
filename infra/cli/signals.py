"""What a command does when it is told to stop, in place of what Python does."""

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

#: A terminal sends the first; `kill`, service managers and CI send the second.
STOPPING: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def handling(
    on_signal: Callable[[int, FrameType | None], None], numbers: Iterable[signal.Signals] = STOPPING
) -> Iterator[None]:
    """Have the signals handled so inside, and as before afterwards. In the main thread alone."""
    before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
