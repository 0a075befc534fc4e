"""The windows kept by minute, the pace of the groups, and when a figure is no longer fresh: no database is needed."""

import math
from typing import Any

import pytest

from infra.models.alarm import MetricName
from infra.monitoring.groups import Group
from infra.monitoring.pacing import LONGEST, Load, Pace
from infra.monitoring.samples import Sample, Store, figure
from infra.monitoring.windows import RATIO, Cell, Minutes, by_stage, over_all


def row(minute: int, number: int, total: float, *, stage: str = "", bin_: int | None = None) -> dict[str, Any]:
    shown = {"minute": minute, "name": "x", "stage": stage, "bin": bin_, "number": number, "total": total}
    return shown | {"unusable": 0}


def test_what_is_read_again_replaces_what_was_known() -> None:
    minutes = Minutes()
    minutes.replace(0, 180, [row(0, 1, 1.0), row(60, 2, 2.0), row(120, 1, 5.0, stage="a")])
    minutes.replace(60, 180, [row(120, 3, 9.0)])
    assert over_all(minutes.summed(0), "x").number == 4
    assert over_all(minutes.summed(60), "x").average == 3
    assert by_stage(minutes.summed(0), "x") == {}
    minutes.forget(120)
    assert over_all(minutes.summed(0), "x").number == 3
    minutes.clear()
    assert over_all(minutes.summed(0), "x").average is None


@pytest.mark.parametrize("count", [1, 19, 20, 21, 100, 1000])
def test_a_percentile_from_bins_is_at_most_five_per_cent_off(count: int) -> None:
    values = [1.37**0.5 * (number + 1) * 10 for number in range(count)]
    cell = Cell(number=count)
    for value in values:
        cell.bins[math.floor(math.log(value) / math.log(RATIO))] += 1
    exact = sorted(values)[math.ceil(0.95 * count) - 1]
    found = cell.percentile(0.95)
    assert found == pytest.approx(exact, rel=0.05)


def test_nothing_has_no_percentile() -> None:
    assert Cell().percentile(0.95) is None


def test_a_group_is_measured_no_more_often_than_its_share_allows() -> None:
    """A tenth of a second at half a per cent is twenty seconds; one slow turn alone does not count."""
    pace = Pace(Group("g", lambda _: (), 0.005, 10), interval=5)
    assert pace.spacing == 10
    pace.took(10.0, now=100.0)
    assert pace.spacing == 2000
    pace.took(0.1, now=200.0)
    assert pace.spacing == pytest.approx(20)
    assert 210 < pace.due <= 220
    pace.took(60.0, now=300.0)
    pace.took(60.0, now=400.0)
    assert pace.spacing == LONGEST
    assert pace.fresh > pace.spacing


def test_the_load_is_the_share_of_the_last_ten_minutes() -> None:
    now = [0.0]
    load = Load(lambda: now[0])
    load.add(0.6)
    assert load.percent() == pytest.approx(1)
    now[0] = 600.0
    load.add(3.0)
    assert load.percent() == pytest.approx(0.6)
    now[0] = 1000.0
    assert load.percent() == pytest.approx(0.5)
    assert load.total == pytest.approx(3.6)


def test_what_is_not_fresh_is_not_told() -> None:
    now = [0.0]
    store = Store(lambda: now[0])
    assert store.fresh() == (Sample(MetricName.UP, 0.0),)
    store.set_up()
    store.keep("one", [Sample(MetricName.PHASE, 3)], fresh=10)
    now[0] = 10.0
    assert set(store.fresh()) == {Sample(MetricName.UP, 1.0), Sample(MetricName.PHASE, 3)}
    now[0] = 10.1
    assert store.fresh() == (Sample(MetricName.UP, 1.0),)
    assert store.ages() == {"one": pytest.approx(10.1)}


def test_a_group_that_is_measured_again_fails_no_more() -> None:
    store = Store()
    store.fail("one", "why")
    store.fail("two", "why")
    store.keep("one", (), 1)
    assert store.health.failing == {"two": "why"}
    assert not store.health.up


def test_too_few_samples_are_no_figure() -> None:
    assert list(figure(MetricName.COMPLETION, 100.0, samples=19)) == []
    assert list(figure(MetricName.COMPLETION, 100.0, samples=20)) == [Sample(MetricName.COMPLETION, 100.0)]
    assert list(figure(MetricName.COMPLETION, None, samples=20)) == []
