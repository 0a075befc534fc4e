"""Steps that make the months that are missing and take away those that have expired. The date is an input."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from infra.ddl.budget import On, budgeted
from infra.ddl.statement import Hazard, Plan, Step
from infra.models.expressions import DEFAULT_BOUNDS
from infra.models.metrics import Expired
from infra.models.partitions import Partitions
from infra.models.table import Table
from infra.pipeline.names import PRIVATE
from infra.pipeline.timer import COMMAND, JOB, SCHEDULE

_TEMPLATE: Final = "partitions"
_YEAR: Final = 12
#: Where nothing stands yet, the date decides over nothing.
_ANY_MOMENT: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """What one leaf (``schema.name``) takes: from when on and until when; None where it is open."""

    name: str
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True)
class MonthsState:
    """What stands of a divided table's months, and what time it is."""

    moment: datetime
    leaves: tuple[Span, ...] = ()
    """What each leaf takes. The default leaf is not among them."""
    late: tuple[datetime, ...] = ()
    """The months of which the default leaf holds rows, without a time zone, in UTC."""
    proven: datetime | None = None
    """When the youngest backup that was proven was taken."""
    spare: str = ""
    """The default leaf, as ``schema.name``."""
    timer: bool | None = None
    """Whether pg_cron has the job; None where there is no pg_cron."""
    parents: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    """Parts and archived months that can be reached by themselves."""


def ahead_of(state: MonthsState, most: int) -> int:
    """Return how many months stand in a row after the current one; none where one is missing that rows wait for."""
    this = _number(state.moment.astimezone(UTC))
    if not _covered(state, this) or any(_number(month) <= this + most for month in state.late):
        return 0
    missing = (number for number in range(1, most + 1) if not _covered(state, this + number))
    return next(missing, most + 1) - 1


def oldest_of(state: MonthsState, wanted: Partitions) -> int | None:
    """Return the age in months of the oldest leaf that may go now, or what is wanted where there is none."""
    if wanted.keep_months is None:
        return None
    ends = [span.end for span in expired_of(state, wanted) if span.end is not None]
    return max([wanted.keep_months, *(_age(state.moment, end) + 1 for end in ends)])


def expired_of(state: MonthsState, wanted: Partitions) -> tuple[Span, ...]:
    """Return the leaves that may go now."""
    return tuple(span for span in state.leaves if span.end is not None and _may_go(span.end, state, wanted))


def standing_months(state: MonthsState, wanted: Partitions) -> Partitions:
    """Return the months as they stand, in the words of what is wanted: equal to it when there is nothing to do."""
    return wanted.model_copy(
        update={
            "ahead": min(wanted.ahead, ahead_of(state, wanted.ahead)),
            "keep_months": oldest_of(state, wanted),
            "timed": state.timer is not False,
            "closed": not state.open,
        }
    )


def plan_partitions(state: MonthsState | None, wanted: Partitions, former: Partitions | None = None) -> Plan:
    """Return the steps to the wanted months; `former` is what was wanted before, and without a state all are made."""
    actual = standing_months(state, wanted) if state else None
    return tuple(_steps(state, actual, wanted, former))


def plan_first_months(table: Table, wanted: Partitions) -> Plan:
    """Return the step that makes the months of a table that was just made, whenever that is."""
    leaves = table.partitioning.leaves if table.partitioning else ()
    spare = next((f"{leaf.schema_name}.{leaf.name}" for leaf in leaves if leaf.bounds == DEFAULT_BOUNDS), "")
    parents = tuple(key.references for key in table.foreign_keys)
    return plan_partitions(MonthsState(_ANY_MOMENT, spare=spare, parents=parents), wanted)


def plan_partitions_drop(state: MonthsState | None, months: Partitions) -> Plan:
    """Return the step that stops the timer; the months stay with their table."""
    if state is None or not state.timer:
        return ()
    return (_step(months, "stop the timer that makes months", "unschedule"),)


def _steps(
    state: MonthsState | None, actual: Partitions | None, wanted: Partitions, former: Partitions | None
) -> Iterator[Step]:
    if actual is None or actual.ahead != wanted.ahead:
        summary = f"make the months up to {wanted.ahead} ahead"
        yield _step(wanted, summary, "make", state)
    if state and state.open:
        yield _closing(state.open, wanted)
    overdue = actual is not None and actual.keep_months != wanted.keep_months
    drops = wanted.expired is Expired.DROP
    begins = drops and former is not None and _retention(former) != _retention(wanted)
    if overdue or begins:
        what = "drop, with every row," if drops else "move to the archive"
        summary = f"{what} the months that are older than {wanted.keep_months}"
        hazards = (Hazard.DELETES_DATA,) if drops else (Hazard.ACCESS_NARROWED,)
        yield _step(
            wanted,
            summary,
            wanted.expired.value,
            state,
            hazards=hazards,
            keeps="" if drops else "every row, key and index",
        )
    if actual is not None and actual.timed != wanted.timed:
        yield _step(wanted, "let pg_cron make and retire months, every night", "schedule")


def _step(
    wanted: Partitions,
    summary: str,
    action: str,
    state: MonthsState | None = None,
    /,
    *,
    hazards: tuple[Hazard, ...] = (),
    keeps: str = "every row",
) -> Step:
    on = {
        On.TABLE: (wanted.relation,),
        On.PARTITION: (state.spare,) if state and state.spare else (),
        On.PARENTS: state.parents if state else (),
        On.PARTITIONS: [span.name for span in expired_of(state, wanted)] if state else (),
        On.LEDGER: (f"{PRIVATE}.rollout_ledger",),
    }
    timer = {"job": JOB, "schedule": SCHEDULE, "command": COMMAND}
    statement = budgeted(_TEMPLATE, action, on, months=wanted, **timer)
    return Step(f"partitions {wanted.identity}", summary, (statement,), hazards=hazards, keeps=keeps)


def _closing(leaves: tuple[str, ...], wanted: Partitions) -> Step:
    statements = tuple(
        budgeted(_TEMPLATE, "close", {On.PARTITION: (leaf,)}, months=wanted, leaf=leaf) for leaf in leaves
    )
    summary = f"close {', '.join(leaves)}"
    return Step(f"partitions {wanted.identity}", summary, statements, hazards=(Hazard.ACCESS_NARROWED,))


def _retention(months: Partitions) -> tuple[int | None, Expired]:
    return months.keep_months, months.expired


def _covered(state: MonthsState, number: int) -> bool:
    """Whether a leaf takes the month of this number."""
    moment = datetime(number // _YEAR, number % _YEAR + 1, 1, tzinfo=UTC)
    return any(
        (span.start is None or span.start <= moment) and (span.end is None or span.end > moment)
        for span in state.leaves
    )


def _number(moment: datetime) -> int:
    return moment.year * _YEAR + moment.month - 1


def _may_go(end: datetime, state: MonthsState, wanted: Partitions) -> bool:
    kept = wanted.expired is Expired.DROP and (state.proven is None or state.proven <= end)
    return not kept and wanted.keep_months is not None and _age(state.moment, end) >= wanted.keep_months


def _age(moment: datetime, end: datetime) -> int:
    """Return how many whole months ago a leaf ended."""
    now, ended = moment.astimezone(UTC), end.astimezone(UTC)
    return _number(now) - _number(ended) - (0 if _within(now) >= _within(ended) else 1)


def _within(moment: datetime) -> tuple[int, int, int, int, int]:
    return moment.day, moment.hour, moment.minute, moment.second, moment.microsecond
