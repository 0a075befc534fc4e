"""What a stack file may change of a criterion, and what no single value shows to be wrong."""

from datetime import timedelta
from typing import Any

import pytest

from infra.gates.settings import as_set, settings_faults
from infra.models.gate import CriterionName, GateSettings
from infra.pipeline.gates import CRITERIA, criterion
from tests.gates.ground import settings

METRIC = {"namespace": "App", "metric": "Latency", "statistic": "p95"}


def test_figures_of_the_stack_file() -> None:
    given = settings(criteria={"beta-completion": {"threshold": 60, "window": "3d", "minSamples": 5}})
    found = as_set(criterion(CriterionName.BETA_COMPLETION), given)
    assert (str(found.success), found.window, found.min_samples) == ("> 60 %", timedelta(days=3), 5)
    assert found.failure is None, "below 70 % is no alert where 60 % is enough"
    stricter = settings(criteria={"beta-completion": {"threshold": 95}})
    assert str(as_set(criterion(CriterionName.BETA_COMPLETION), stricter).failure) == "< 70 %"


def test_without_settings_the_guide_holds() -> None:
    assert all(as_set(found, GateSettings()) == found for found in CRITERIA)


@pytest.mark.parametrize(
    ("criteria", "error"),
    [
        (
            {"beta-completion": {"threshold": 100.5}},
            "GATE005 gates.beta-completion.threshold: 100.5 % is never reached",
        ),
        (
            {"satisfaction": {"url": "http://a/"}},
            "GATE005 gates.satisfaction.url: user satisfaction is not measured there",
        ),
        (
            {"beta-creators": {"cloudwatch": METRIC}},
            "GATE005 gates.beta-creators.cloudwatch: beta creators in is not measured there",
        ),
        (
            {"api-latency": {"cloudwatch": METRIC}},
            "GATE005 gates.api-latency.cloudwatch: nobody says where AWS is asked",
        ),
        (
            {"api-latency": {"cloudwatch": METRIC, "url": "http://a/"}},
            "GATE005 gates.api-latency: it has both a url and",
        ),
    ],
)
def test_what_no_single_value_shows(criteria: dict[str, Any], error: str) -> None:
    assert str(settings_faults(settings(criteria=criteria))[0]).startswith(error)


def test_everything_is_told_at_once() -> None:
    """And what is sound has no fault."""
    wrong = settings(criteria={"beta-completion": {"threshold": 101}, "satisfaction": {"url": "http://a/"}})
    assert len(settings_faults(wrong)) == 2
    sound = settings(
        criteria={"api-latency": {"cloudwatch": METRIC}, "sla-uptime": {"url": "http://a/", "threshold": 99}},
        aws={"region": "eu-central-1"},
    )
    assert settings_faults(sound) == []
