"""What is done about months, whatever the date: the clock is an input."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from pydantic import ValidationError

from infra.ddl.partitions import MonthsState, Span, plan_partitions, plan_partitions_drop, standing_months
from infra.ddl.statement import Hazard, Plan
from infra.models.metrics import Expired, MetricsSettings
from infra.models.partitions import Partitions

WANTED: Final = Partitions(table="pipeline_metrics", ahead=3, keep_months=12)
DROPPED: Final = WANTED.model_copy(update={"expired": Expired.DROP})


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def month(year: int, number: int) -> Span:
    following = (year, number + 1) if number < 12 else (year + 1, 1)
    start, end = (datetime(*one, 1, tzinfo=UTC) for one in ((year, number), following))
    return Span(f"pipeline_private.pipeline_metrics_p{start:%Y%m%d}", start, end)


STATE: Final = MonthsState(
    moment("2026-10-31T23:59:59"), leaves=tuple(month(2026, 10 + n) if n < 3 else month(2027, 1) for n in range(4))
)


def summaries(plan: Plan) -> list[str]:
    return [step.summary for step in plan]


def test_nothing_is_done_while_the_months_stand() -> None:
    assert plan_partitions(STATE, WANTED, WANTED) == ()
    more = replace(STATE, leaves=(*STATE.leaves, month(2027, 2), month(2027, 3), month(2025, 11)))
    assert plan_partitions(more, WANTED, WANTED) == ()


def test_a_moment_later_one_is_missing() -> None:
    turned = replace(STATE, moment=moment("2026-11-01T00:00:00"))
    assert standing_months(turned, WANTED).ahead == 2
    assert summaries(plan_partitions(turned, WANTED, WANTED)) == ["make the months up to 3 ahead"]
    assert plan_partitions(turned, WANTED.model_copy(update={"ahead": 2}), WANTED) == ()


@pytest.mark.parametrize(
    ("leaves", "ahead"),
    [
        ((), 0),
        ((month(2026, 11), month(2026, 12), month(2027, 1)), 0),  # the current month is missing
        ((month(2026, 10), month(2026, 12), month(2027, 1)), 0),  # one within is
        ((Span("whole", None, moment("2026-12-01")),), 1),  # all that was before, in one leaf
        ((Span("whole", None, None),), 3),
    ],
)
def test_only_months_in_a_row_count(leaves: tuple[Span, ...], ahead: int) -> None:
    assert standing_months(replace(STATE, leaves=leaves), WANTED).ahead == ahead


def test_rows_that_wait_for_a_month_are_a_difference_and_those_of_a_far_day_are_not() -> None:
    late = replace(STATE, late=(datetime(2020, 5, 1),))  # noqa: DTZ001 - a month, as the server has it
    assert plan_partitions(late, WANTED, WANTED) != ()
    assert plan_partitions(replace(late, late=(datetime(2099, 5, 1),)), WANTED, WANTED) == ()  # noqa: DTZ001 - likewise


def test_a_month_expires_at_its_moment() -> None:
    old = replace(STATE, leaves=(*STATE.leaves, month(2025, 10)))
    assert plan_partitions(old, WANTED, WANTED) == ()
    due = replace(old, moment=moment("2026-11-01T00:00:00"), leaves=(*old.leaves, month(2027, 2)))
    assert standing_months(due, WANTED).keep_months == 13
    (step,) = plan_partitions(due, WANTED, WANTED)
    assert (step.hazards, step.keeps) == ((Hazard.ACCESS_NARROWED,), "every row, key and index")
    assert plan_partitions(due, WANTED.model_copy(update={"keep_months": None}), WANTED) == ()


def test_rows_are_dropped_after_a_proven_backup_alone_and_with_a_hazard() -> None:
    due = replace(STATE, leaves=(*STATE.leaves, month(2025, 9)))
    assert plan_partitions(due, DROPPED, DROPPED) == ()
    early = replace(due, proven=moment("2025-09-30T12:00:00"))
    assert plan_partitions(early, DROPPED, DROPPED) == ()
    (step,) = plan_partitions(replace(due, proven=moment("2026-10-01T00:00:00")), DROPPED, DROPPED)
    assert step.hazards == (Hazard.DELETES_DATA,)


def test_whoever_says_drop_is_told_before_anything_has_expired() -> None:
    (step,) = plan_partitions(STATE, DROPPED, WANTED)
    assert step.hazards == (Hazard.DELETES_DATA,)
    shorter = DROPPED.model_copy(update={"keep_months": 6})
    assert [step.hazards for step in plan_partitions(STATE, shorter, DROPPED)] == [(Hazard.DELETES_DATA,)]
    assert plan_partitions(STATE, WANTED, DROPPED) == ()


def test_the_timer_is_set_where_there_is_one() -> None:
    (step,) = plan_partitions(replace(STATE, timer=False), WANTED, WANTED)
    assert "cron.schedule('rollout-metrics'" in step.statements[0].text
    assert plan_partitions(replace(STATE, timer=True), WANTED, WANTED) == ()
    (back,) = plan_partitions_drop(replace(STATE, timer=True), WANTED)
    assert "cron.unschedule('rollout-metrics')" in back.statements[0].text
    assert plan_partitions_drop(replace(STATE, timer=False), WANTED) == ()


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"partitioned": True, "ahead": 0}, "ahead"),
        ({"partitioned": True, "ahead": 25}, "ahead"),
        ({"partitioned": True, "ahead": "3"}, "ahead"),
        ({"partitioned": True, "keepMonths": 1}, "keepMonths"),
        ({"partitioned": True, "expired": "burn"}, "expired"),
        ({"partitioned": True, "expired": "drop"}, "every month is kept"),
        ({"ahead": 3}, "not divided"),
        ({"partitioned": "yes"}, "partitioned"),
        ({"partitioned": True, "keep": 3}, "keep"),
    ],
)
def test_what_a_stack_file_may_not_say(said: dict[str, object], where: str) -> None:
    with pytest.raises(ValidationError, match=where):
        MetricsSettings.load(said)
