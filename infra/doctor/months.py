"""The months of the metrics: whether they stand ahead, and whether rows wait for one."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from infra.database.catalog.partitions import read_months
from infra.database.session import Session
from infra.ddl.partitions import MonthsState, ahead_of
from infra.models.metrics import MOST_AHEAD
from infra.pipeline.partitions import METRICS_MONTHS
from infra.preflight.report import Check, Outcome, judged

TOPIC: Final = "tables"
_FIX: Final = "run `rollout months keep`, and see what should have run it: pg_cron's job, a timer, or `up`"


def month_checks(session: Session) -> Iterator[Check]:
    """Yield how far ahead the months stand; nothing where the metrics are one table."""
    state = read_months(session, METRICS_MONTHS)
    if state is not None:
        yield from judge_months(state)


def judge_months(state: MonthsState) -> Iterator[Check]:
    """Yield what these months come to: with none ahead, the next month's rows pile up in the default leaf."""
    ahead = ahead_of(replace(state, late=()), MOST_AHEAD)
    found = f"{ahead} stand after the current one"
    yield judged(Check(TOPIC, "months ahead", Outcome.FAILED, found, "one and more", _FIX), fine=ahead > 0)
    late = ", ".join(f"{month:%Y-%m}" for month in sorted(state.late))
    wanted = "no rows: each month takes its own"
    check = Check(TOPIC, "default leaf", Outcome.WARNED, late or "no rows", wanted, _FIX)
    yield judged(check, fine=not late, otherwise=Outcome.WARNED)
