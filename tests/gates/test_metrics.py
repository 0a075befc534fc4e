"""A metric of CloudWatch: asked of moto, of botocore's Stubber where moto has no percentiles, and of nobody."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from infra.aws.client import client
from infra.aws.cloudwatch import read_metric
from infra.gates import evaluation
from infra.gates.report import Outcome
from infra.models.delivery import AwsSettings
from infra.models.gate import CloudWatchMetric, CriterionName, GateSettings
from tests.gates.ground import Ground, settings
from tests.gates.test_urls import serving

AWS = AwsSettings(region="eu-central-1")
NOW = datetime(2030, 6, 15, 12, 30, 45, 123, tzinfo=UTC)
METRIC = {"namespace": "AWS/ApplicationELB", "metric": "TargetResponseTime", "statistic": "p95"}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's own are read, and no metadata service is asked."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nowhere",
        "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """CloudWatch, which answers what the test says."""
    real = client("cloudwatch", AWS)
    monkeypatch.setattr(
        evaluation, "client", lambda service, aws: real if (service, aws) == ("cloudwatch", AWS) else None
    )
    with Stubber(real) as stubber:
        yield stubber


def wanted(name: str, **metric: Any) -> GateSettings:
    return settings(criteria={name: {"cloudwatch": METRIC | metric}}, aws={"region": "eu-central-1"})


def answer(stubber: Stubber, now: datetime, points: list[tuple[int, float, int]], unit: str, days: int = 1) -> None:
    """Say how many samples stand behind each day's figure, and then what it is."""
    begins = now.replace(second=0, microsecond=0) - timedelta(days=days)
    counted, found = [], []
    for day, value, number in points:
        at = begins + timedelta(days=day)
        counted.append({"Timestamp": at, "SampleCount": float(number)})
        found.append({"Timestamp": at, "ExtendedStatistics": {"p95": value}, "Unit": unit})
    asked = {
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "TargetResponseTime",
        "Dimensions": [],
        "StartTime": begins,
        "EndTime": begins + timedelta(days=days),
        "Period": 86400,
    }
    stubber.add_response("get_metric_statistics", {"Datapoints": counted}, asked | {"Statistics": ["SampleCount"]})
    # AWS gives them in no order.
    stubber.add_response("get_metric_statistics", {"Datapoints": found[::-1]}, asked | {"ExtendedStatistics": ["p95"]})


@pytest.mark.parametrize(
    ("seconds", "samples", "outcome", "why"),
    [
        (0.199, 500, "passed", "199 ms; 500 samples; p95 of AWS/ApplicationELB/TargetResponseTime"),
        (0.2, 500, "inconclusive", "200 ms lies between < 200 ms, the target, and > 300 ms, an alert"),
        (0.31, 500, "failed", "310 ms is > 300 ms, the limit for an alert"),
        (0.01, 19, "inconclusive", "19 of 20 samples"),
    ],
)
def test_latency(stubbed: Stubber, seconds: float, samples: int, outcome: str, why: str) -> None:
    """A load balancer counts in seconds; the gate in milliseconds."""
    ground = Nobody(NOW)
    answer(stubbed, NOW, [(0, seconds, samples)], "Seconds")
    row = ground.row(CriterionName.API_LATENCY, wanted("api-latency"))
    assert (row.outcome, row.why[: len(why)]) == (outcome, why)


def test_each_day_must_succeed(stubbed: Stubber) -> None:
    """A week's uptime is seven days' uptime; a day without figures is none."""
    days = [(day, 99.95, 1000) for day in range(7)]
    given = wanted("sla-uptime")
    for points, outcome, why in (
        (days, "passed", "99.95 %; 7000 samples"),
        ([*days[:3], (3, 99.0, 1000), *days[4:]], "failed", "99 % is not ≥ 99.9 % in 1 of 7 parts"),
        (days[1:], "inconclusive", "no figure in 1 of 7 parts of the window"),
        ([], "inconclusive", "no data"),
    ):
        answer(stubbed, NOW, points, "Percent", days=7)
        row = Nobody(NOW).row(CriterionName.SLA_UPTIME, given)
        assert (row.outcome, row.why[: len(why)]) == (outcome, why)


@pytest.mark.parametrize(
    ("window", "parts", "period"),
    [(1, 1, 60), (90, 1, 120), (86400 * 7, 7, 86400), (86400 * 20, 7, 246_900), (86400 * 100, 7, 1_234_800)],
)
def test_periods_are_such_as_cloudwatch_keeps(window: int, parts: int, period: int) -> None:
    """The older, the longer; and nothing beyond so many parts, which could stand in for one without a figure."""
    asked: list[dict[str, Any]] = []

    def get_metric_statistics(**given: Any) -> dict[str, Any]:
        asked.append(given)
        return {"Datapoints": []}

    metric = CloudWatchMetric.model_validate(METRIC)
    fake = SimpleNamespace(get_metric_statistics=get_metric_statistics)
    assert read_metric(fake, metric, NOW - timedelta(seconds=window), NOW, parts) == []
    (one,) = {(item["Period"], item["EndTime"] - item["StartTime"]) for item in asked}
    assert one[0] == period
    assert timedelta(0) < one[1] <= timedelta(seconds=period * parts)


def test_a_metric_that_is_refused_leaves_the_criterion_open(stubbed: Stubber) -> None:
    """One line with AWS's code, and what to do."""
    stubbed.add_client_error("get_metric_statistics", "AccessDenied", "no")
    row = Nobody(NOW).row(CriterionName.API_LATENCY, wanted("api-latency"))
    assert row.outcome is Outcome.INCONCLUSIVE
    assert row.why == (
        "GATE004 aws cloudwatch AWS/ApplicationELB/TargetResponseTime: GetMetricStatistics was refused with"
        " AccessDenied: no (allow whoever deploys the action GetMetricStatistics)"
    )


def test_an_endpoint_where_nobody_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """No crash, and no gate that opens."""
    monkeypatch.setattr("infra.aws.client.ATTEMPTS", 1)
    dead = GateSettings.load(
        wanted("api-latency").dump() | {"aws": {"region": "eu-central-1", "endpoint": "http://127.0.0.1:9"}}
    )
    row = Nobody(NOW).row(CriterionName.API_LATENCY, dead)
    assert row.outcome is Outcome.INCONCLUSIVE
    assert row.why.startswith("GATE004 aws cloudwatch AWS/ApplicationELB/TargetResponseTime: AWS cannot be asked")


def test_something_else_answers_in_the_place_of_cloudwatch() -> None:
    """A page to log in is no figure and no crash."""
    with serving(200) as (url, _):
        given = wanted("api-latency").dump()
        other = GateSettings.load(given | {"aws": {"region": "eu-central-1", "endpoint": url.removesuffix("/health")}})
        row = Nobody(NOW).row(CriterionName.API_LATENCY, other)
    assert row.outcome is Outcome.INCONCLUSIVE
    assert "GATE004 aws cloudwatch AWS/ApplicationELB/TargetResponseTime: " in row.why


def test_figures_that_aws_holds() -> None:
    """Against moto, with what was put there; another dimension is another metric."""
    now = datetime.now(UTC)
    metric = CloudWatchMetric(namespace="App", metric="Latency", dimensions={"Stage": "prod"}, statistic="Average")
    with mock_aws():
        asked = client("cloudwatch", AWS)
        for stage, value in (("prod", 100.0), ("prod", 140.0), ("dev", 9000.0)):
            asked.put_metric_data(
                Namespace="App",
                MetricData=[
                    {
                        "MetricName": "Latency",
                        "Dimensions": [{"Name": "Stage", "Value": stage}],
                        "Timestamp": now - timedelta(hours=1),
                        "Value": value,
                        "Unit": "Milliseconds",
                    }
                ],
            )
        found = read_metric(asked, metric, now - timedelta(days=1), now, 1)
    assert [(period.part, period.value, period.samples) for period in found] == [(0, 120.0, 2.0)]


class Nobody(Ground):
    """A gate's ground without a database, for sources that need none."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    @property
    def session(self) -> Any:
        return SimpleNamespace(cancelled=threading.Event())
