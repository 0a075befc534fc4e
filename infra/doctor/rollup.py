"""How late the rollup of the metrics is: gates stay right without it, and become slow."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from infra.database.metrics_rollup import Standing, has_rollup, read_standing
from infra.database.session import Session
from infra.preflight.report import Check, Outcome, judged

TOPIC: Final = "tables"
#: An hour is computed once it and the lag are over, and somebody has refreshed.
LATE: Final = timedelta(hours=3)
#: So many changed hours are read from the rows without its being felt.
MANY_STALE: Final = 24
_NAME: Final = "rollup of the metrics"
_WANTED: Final = "computed up to three hours ago at most, and no more than 24 changed hours"
_FIX: Final = "run `rollout metrics refresh`, and see that `rollout monitor` runs; a long transaction holds it up, too"


def rollup_checks(session: Session) -> Iterator[Check]:
    """Yield how far behind the rollup is."""
    if has_rollup(session):
        yield judge_rollup(read_standing(session))


def judge_rollup(standing: Standing | None) -> Check:
    """Return what is said of it: late is no fault, and gates read the rows instead."""
    if standing is None:
        return Check(TOPIC, _NAME, Outcome.WARNED, "nobody has refreshed it yet", _WANTED, _FIX)
    minutes = standing.behind / 60
    found = f"up to {standing.watermark:%Y-%m-%d %H:%M}, {minutes:.0f} minutes ago; {standing.stale} changed hours"
    fine = standing.behind <= LATE.total_seconds() and standing.stale <= MANY_STALE
    return judged(Check(TOPIC, _NAME, Outcome.WARNED, found, _WANTED, _FIX), fine=fine, otherwise=Outcome.WARNED)
