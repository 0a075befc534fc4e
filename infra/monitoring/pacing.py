"""When a group is measured again: as often as is wished, and never so often that it becomes a load."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from infra.monitoring.groups import Group

#: However long something took, it is tried again after so many seconds.
LONGEST: Final = 3600.0
#: The load is told over so many seconds.
TOLD_OVER: Final = 600.0
_PERCENT: Final = 100


@dataclass
class Pace:
    """One group's turns, by our own clock. Of the last two times the shorter counts: one alone may be a cold cache."""

    group: Group
    interval: float
    due: float = 0.0
    taken: deque[float] = field(default_factory=lambda: deque(maxlen=2))

    @property
    def spacing(self) -> float:
        """Seconds from one turn to the next."""
        bound = min(self.taken, default=0.0) / self.group.share
        return max(self.interval, self.group.every, min(bound, LONGEST))

    @property
    def fresh(self) -> float:
        """For how many seconds what was measured is shown: a turn may be late, two may not."""
        return 2 * self.spacing + self.interval

    def took(self, seconds: float, now: float) -> None:
        """Say what a turn has taken, and when it ended."""
        self.taken.append(seconds)
        # A turn of the loop is a little late each time, and the next one is not to be missed for it.
        self.due = now + self.spacing - self.interval / 2


class Load:
    """What the monitor has asked of the database lately, as a share of the time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = clock()
        self._turns: deque[tuple[float, float]] = deque()
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count a turn."""
        self.total += seconds
        self._turns.append((self._clock(), seconds))

    def percent(self) -> float:
        """Return the share of the last ten minutes, in per cent; in the first minute as if that had passed."""
        now = self._clock()
        while self._turns and self._turns[0][0] < now - TOLD_OVER:
            self._turns.popleft()
        over = min(max(now - self._begun, 60.0), TOLD_OVER)
        return _PERCENT * sum(seconds for _, seconds in self._turns) / over
