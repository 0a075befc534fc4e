"""What a stack file may say of the gates, and what it may not; what a criterion is."""

import datetime as dt
import re
from typing import Any

import pytest
from pydantic import ValidationError

from infra.models.base import faults_of
from infra.models.criterion import Comparison, Condition, Criterion
from infra.models.gate import CriterionName, Gate, GateSettings
from infra.models.moments import first_moment, last_moment, write_span
from infra.pipeline.gates import CRITERIA, criteria, criterion

SOUND: dict[str, Any] = {
    "criteria": {
        "api-latency": {
            "threshold": 250,
            "window": "24h",
            "minSamples": 5,
            "cloudwatch": {"namespace": "App", "metric": "L", "dimensions": {"A": "b"}, "statistic": "p99.9"},
        },
        "sla-uptime": {"url": "https://example.org/health?x=1"},
    },
    "attestations": [{"gate": "satisfaction", "by": "Ada", "why": "survey", "until": "2030-01-01", "at": "2029-12-01"}],
    "overrides": [
        {"gate": 1, "by": "Ada", "why": "drill", "until": "2030-01-01T10:00:00Z"},
        {"gate": "stage-time", "by": " Ada ", "why": "drill", "until": "2030-01-01"},
    ],
    "aws": {"region": "eu-central-1"},
}


def _errors(given: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        GateSettings.load(given)
    return [str(error) for error in faults_of(caught.value, "gates", GateSettings)]


def test_what_is_sound_comes_back() -> None:
    """As it was written, but for spans in their largest unit and blanks around names."""
    dumped = GateSettings.load(SOUND).dump()
    assert dumped["criteria"]["api-latency"]["window"] == "1d"
    assert dumped["overrides"][1]["by"] == "Ada"
    assert GateSettings.load(dumped).dump() == dumped
    assert Gate.load(SOUND | {"phase": 2.0}).phase == 2


def _criterion(**given: Any) -> dict[str, Any]:
    return {"criteria": {"api-latency": given}}


def _override(**given: Any) -> dict[str, Any]:
    return {"overrides": [{"gate": 1, "by": "Ada", "why": "drill", "until": "2030-01-01"} | given]}


def _attestation(**given: Any) -> dict[str, Any]:
    return {"attestations": [{"gate": "satisfaction", "by": "A", "why": "b", "until": "2030-01-01"} | given]}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), -1, -0.01, "200", "nan", True, [], {}])
def test_thresholds_are_finite(value: object) -> None:
    """NaN compares false with everything: it would open or shut a gate for good."""
    (said,) = _errors(_criterion(threshold=value))
    assert re.fullmatch(
        r"GATE005 gates\.criteria\.api-latency\.threshold: '.*' must be finite\. Allowed: a finite number, 0 and more\."
        r" Fix: write a number\.",
        said,
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (_criterion(window="24"), "GATE005 gates.criteria.api-latency.window: '24' is not a window. Allowed: a whole"),
        (_criterion(window="0h"), "GATE005 gates.criteria.api-latency.window: '0h' is not a window"),
        (_criterion(window="-1d"), "GATE005 gates.criteria.api-latency.window: '-1d' is not a window"),
        (_criterion(window="367d"), "GATE005 gates.criteria.api-latency.window: '367d' is not a window"),
        (_criterion(window=24), "GATE005 gates.criteria.api-latency.window: '24' is not a window"),
        (_criterion(window="5 minutes"), "GATE005 gates.criteria.api-latency.window: '5 minutes' is not a window"),
        (_criterion(minSamples=0), "GATE005 gates.criteria.api-latency.minSamples: '0' is not a number of samples"),
        (_criterion(minSamples=2.5), "GATE005 gates.criteria.api-latency.minSamples: '2.5' is not a number of samples"),
        (_criterion(minSamples=True), "GATE005 gates.criteria.api-latency.minSamples: 'True' is not a number"),
        (_criterion(url="ftp://a/"), "GATE005 gates.criteria.api-latency.url: it is not an address that can be asked"),
        (_criterion(url="https://"), "GATE005 gates.criteria.api-latency.url: it is not an address that can be asked"),
        (_criterion(tresh=1), "DEF005 gates.criteria.api-latency.tresh: unknown key 'tresh'; did you"),
        ({"criteria": {"api-latncy": {}}}, "GATE005 gates.criteria.api-latncy.[key]: no gate has the criterion"),
        (
            _attestation(gate="satisfied"),
            "GATE003 gates.attestations.0.gate: no gate has the criterion 'satisfied'; di",
        ),
        (_attestation(gate=1), "GATE003 gates.attestations.0.gate: no gate has the criterion '1'"),
        (_attestation(by=" "), "GATE003 gates.attestations.0.by: who and why must be said"),
        (_attestation(at="yesterday"), "GATE003 gates.attestations.0.at: 'yesterday' is not a date"),
        (_override(gate=0), "GATE003 gates.overrides.0.gate: '0' is no gate and no criterion"),
        (_override(gate=5), "GATE003 gates.overrides.0.gate: '5' is no gate and no criterion. Allowed: 1 to 4, or one"),
        (_override(gate=1.5), "GATE003 gates.overrides.0.gate: '1.5' is no gate"),
        (_override(gate=True), "GATE003 gates.overrides.0.gate: 'True' is no gate"),
        (
            _override(gate="stagetime"),
            "GATE003 gates.overrides.0.gate: 'stagetime' is no gate and no criterion; did you",
        ),
        (_override(why=""), "GATE003 gates.overrides.0.why: who and why must be said"),
        (_override(why="x" * 501), "GATE003 gates.overrides.0.why: who and why must be said"),
        (_override(until="31.12.2030"), "GATE003 gates.overrides.0.until: '31.12.2030' is not a date. Allowed: a date"),
        (_override(until="2030-02-30"), "GATE003 gates.overrides.0.until: '2030-02-30' is not a date"),
        (_override(until="20300101"), "GATE003 gates.overrides.0.until: '20300101' is not a date"),
        (_override(until=2030), "GATE003 gates.overrides.0.until: '2030' is not a date"),
        (_override(until="9999-12-31"), "GATE003 gates.overrides.0.until: '9999-12-31' is not a date"),
        ({"overrides": [{"gate": 1, "why": "x", "until": "2030-01-01"}]}, "GATE003 gates.overrides.0.by: who and why"),
        ({"overrides": [{"gate": 1, "why": "x", "by": "x"}]}, "GATE003 gates.overrides.0.until: '' is not a date"),
    ],
)
def test_refused(given: dict[str, Any], said: str) -> None:
    """One fault, one line, with its fix."""
    (error,) = _errors(given)
    assert error.startswith(said)
    assert " Fix: " in error
    assert "\n" not in error


def test_a_login_in_an_address_is_not_repeated() -> None:
    """What stands before the @ may be a password."""
    (error,) = _errors(_criterion(url="https://ada:hunter2@example.org/"))
    assert error.startswith("GATE005")
    assert "hunter2" not in error


def test_everything_is_told_at_once() -> None:
    assert len(_errors(_criterion(threshold="x", window="x") | _override(by="", why="", until=""))) == 5


@pytest.mark.parametrize("phase", [0, 6, -1, 2.5, "two", True, None])
def test_phases(phase: object) -> None:
    with pytest.raises(ValidationError, match="is not a phase"):
        Gate.load({"phase": phase})


def test_days_hold_through() -> None:
    """In UTC; a date-time holds until itself, wherever its clock stands, and a date of YAML is a date."""
    assert last_moment("2030-01-01") == dt.datetime(2030, 1, 2, tzinfo=dt.UTC)
    assert first_moment("2030-01-01") == dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    assert last_moment("2030-01-01T10:00:00+02:00") == dt.datetime(2030, 1, 1, 8, tzinfo=dt.UTC)
    assert last_moment("2030-01-01 10:00") == dt.datetime(2030, 1, 1, 10, tzinfo=dt.UTC)
    assert GateSettings.load(_override(until=dt.date(2030, 1, 1))).overrides[0].until == "2030-01-01"


def test_spans() -> None:
    spans = {"90s": 90, "30m": 1800, "24h": 86400, "7d": 604800}
    for text, seconds in spans.items():
        found = GateSettings.load(_criterion(window=text)).criteria[CriterionName.API_LATENCY].window
        assert found == dt.timedelta(seconds=seconds)
        assert found is not None
        assert write_span(found) == text.replace("24h", "1d")


def test_the_criteria_are_the_names() -> None:
    """One criterion a name, in the order of the gates, and each gate has its own."""
    assert [found.name for found in CRITERIA] == list(CriterionName)
    assert [found.gate for found in CRITERIA] == sorted(found.gate for found in CRITERIA)
    assert all(criteria(gate) for gate in range(1, 6))


def test_conditions() -> None:
    """The threshold itself belongs to one side."""
    held = {
        comparison: [Condition(comparison=comparison, threshold=1).holds(value) for value in (0.9, 1.0, 1.1)]
        for comparison in Comparison
    }
    assert held == {
        Comparison.ABOVE: [False, False, True],
        Comparison.AT_LEAST: [False, True, True],
        Comparison.BELOW: [True, False, False],
        Comparison.AT_MOST: [True, True, False],
    }
    nan = float("nan")
    assert not any(Condition(comparison=comparison, threshold=1).holds(nan) for comparison in Comparison)


@pytest.mark.parametrize(
    ("name", "changed", "said"),
    [
        (CriterionName.API_LATENCY, {"failure": {"comparison": ">", "threshold": 199}}, "a figure may be both"),
        (CriterionName.API_LATENCY, {"failure": {"comparison": "<", "threshold": 100}}, "a figure may be both"),
        (CriterionName.SLA_UPTIME, {"failure": {"comparison": "≤", "threshold": 99.9}}, "a figure may be both"),
        (CriterionName.SLA_UPTIME, {"success": {"comparison": "≥", "threshold": 101, "unit": "%"}}, "is never reached"),
        (CriterionName.SLA_UPTIME, {"baseline": "trend"}, "only a query has a baseline"),
    ],
)
def test_criteria_that_cannot_be(name: CriterionName, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Criterion.model_validate(criterion(name).model_dump() | changed)
