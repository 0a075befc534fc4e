"""The deployment guide's limits, each said once: gates, triggers of a rollback and alarms take them from here."""

from typing import Final

from infra.models.alarm import Limits
from infra.models.criterion import Comparison, Condition


def _below(threshold: float, unit: str) -> Condition:
    return Condition(comparison=Comparison.BELOW, threshold=threshold, unit=unit)


def _above(threshold: float, unit: str) -> Condition:
    return Condition(comparison=Comparison.ABOVE, threshold=threshold, unit=unit)


API_P95: Final = Limits(target=_below(200, "ms"), warning=_above(300, "ms"), critical=_above(500, "ms"))
#: No alert is named for it; its degradation is a reason to roll back.
DATABASE_P95: Final = _below(100, "ms")
#: The target of the fourth phase and of production; the third asks for more.
COMPLETION: Final = Limits(target=_above(80, "%"), warning=_below(70, "%"), critical=_below(50, "%"))
ERRORS: Final = Limits(target=_below(1, "%"), warning=_above(2, "%"), critical=_above(5, "%"))
ALIGNMENT: Final = Limits(target=_above(70, "points"), warning=_below(60, "points"), critical=_below(40, "points"))
