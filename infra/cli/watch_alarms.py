"""What a row of evaluations amounts to: which triggers have changed, and which have fired often enough to act on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from infra.gates.watching import Level, Reading
from infra.pipeline.triggers_for_rollback import TriggerName

#: One evaluation may be a blip; this many in a row are not.
CONSECUTIVE: Final = 2


@dataclass(frozen=True)
class Alarms:
    """What is known after some evaluations: each trigger's last level, and for how long it has fired in a row."""

    consecutive: int = CONSECUTIVE
    levels: Mapping[TriggerName, Level] = field(default_factory=dict)
    streaks: Mapping[TriggerName, int] = field(default_factory=dict)
    changed: tuple[Reading, ...] = ()
    confirmed: tuple[Reading, ...] = ()

    def after(self, readings: Iterable[Reading]) -> "Alarms":
        """Return what is known after one more evaluation. A trigger that it leaves out stays as it was."""
        taken = tuple(readings)
        streaks = {r.name: self.streaks.get(r.name, 0) + 1 if r.level is Level.FIRING else 0 for r in taken}
        return Alarms(
            self.consecutive,
            {**self.levels, **{reading.name: reading.level for reading in taken}},
            {**self.streaks, **streaks},
            tuple(reading for reading in taken if self.levels.get(reading.name) is not reading.level),
            tuple(reading for reading in taken if streaks[reading.name] >= self.consecutive),
        )


def worst(readings: Iterable[Reading]) -> Level:
    """Return the worst level; no data is none at all only where nothing was measured."""
    order = list(Level)
    return max((reading.level for reading in readings), key=order.index, default=Level.NO_DATA)


def evidence(readings: Iterable[Reading]) -> str:
    """Return the readings as the reason of a rollback."""
    return "; ".join(f"{reading.trigger.guide}: {reading.describe()}" for reading in readings)
