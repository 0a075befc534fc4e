"""Alarms and dashboards of CloudWatch, by moto; composite alarms, which it lacks, by botocore's Stubber."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from infra.aws.alarms import put_alarm, read_alarm
from infra.aws.client import client
from infra.aws.dashboards import put_dashboard, read_dashboard
from infra.errors import RolloutError
from infra.models.alarm import AlarmSeverity
from infra.models.cloudwatch import Alarm
from infra.models.delivery import AwsSettings
from infra.models.monitoring import MonitoringSettings
from infra.monitoring.cloudwatch import cloudwatch_alarms, cloudwatch_dashboards
from infra.provider.handler import Call, Properties
from infra.provider.kinds.alarm import AlarmKind, DashboardKind
from infra.provider.partial import PartialFailure

AWS = AwsSettings(region="eu-central-1")
TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call"
ASKED = MonitoringSettings.load(
    {"cloudwatch": {"actions": {"warning": TOPIC, "critical": [TOPIC], "rollback": [f"{TOPIC}-now"]}}}
)
NAME = "creative-pipeline-prod-stage-completion-critical"


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """One client for the test: to make one takes a while."""
    with mock_aws():
        service = client("cloudwatch", AWS)
        monkeypatch.setattr("infra.provider.kinds.alarm.client", lambda *_: service)
        yield service


def alarm_of(name: str, **thresholds: float) -> Alarm:
    given = {key.replace("_", "-"): value for key, value in thresholds.items()}
    settings = ASKED.model_copy(update={"thresholds": given})
    return next(alarm for alarm in cloudwatch_alarms("prod", settings, AWS) if alarm.name == name)


def call(*, preview: bool = False, lines: list[str] | None = None) -> Call:
    told = [] if lines is None else lines
    return Call("urn", lambda: None, preview, lambda severity, text: told.append(f"{severity} {text}"))


def paths(kind: AlarmKind | DashboardKind, old: Properties, new: Properties) -> list[str]:
    return [change.path for change in kind.diff(old, new)]


def test_nothing_is_declared_where_nothing_is_asked_for() -> None:
    assert cloudwatch_alarms("prod", MonitoringSettings(), AWS) == ()
    assert cloudwatch_dashboards("prod", MonitoringSettings(), AWS) == ()


def test_every_alarm_is_made_and_read_back_without_a_difference(cloudwatch: Any) -> None:
    """What CloudWatch has of each is the guide's figure, and a second run finds nothing to do."""
    kind = AlarmKind()
    single = [alarm for alarm in cloudwatch_alarms("prod", ASKED, AWS) if not alarm.rule]
    for alarm in single:
        inputs = alarm.dump()
        assert kind.check(inputs) == []
        made = kind.create(call(), inputs)
        read = kind.read(call(), made.id, inputs)
        assert read is not None
        assert read.inputs == inputs
    standing = {found["AlarmName"]: found for found in cloudwatch.describe_alarms()["MetricAlarms"]}
    assert len(standing) == len(single)
    critical = standing[NAME]
    assert (critical["ComparisonOperator"], critical["Threshold"]) == ("LessThanThreshold", 50)
    assert (critical["MetricName"], critical["TreatMissingData"]) == ("StageCompletion", "missing")
    assert critical["AlarmActions"] == [TOPIC]
    assert standing["creative-pipeline-prod-monitor-silent"]["TreatMissingData"] == "breaching"
    assert standing["creative-pipeline-prod-error-rate-rollback"]["AlarmActions"] == []


def test_a_changed_threshold_is_one_difference(cloudwatch: Any) -> None:
    kind, before, after = AlarmKind(), alarm_of(NAME).dump(), alarm_of(NAME, stage_completion_critical=40).dump()
    made = kind.create(call(), before)
    assert paths(kind, before, after) == ["description", "threshold"]
    kind.update(call(preview=True), made.id, before, after)
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["Threshold"] == 50
    kind.update(call(), made.id, before, after)
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["Threshold"] == 40


BY_HAND = [
    ({"ActionsEnabled": False}, "silenced"),
    ({"Threshold": 1.0}, "threshold"),
    ({"EvaluationPeriods": 5, "DatapointsToAlarm": 3}, "minutes"),
    ({"EvaluationPeriods": 1, "DatapointsToAlarm": 1}, "minutes"),
    ({"TreatMissingData": "notBreaching"}, "missing"),
    ({"AlarmActions": []}, "actions"),
    ({"OKActions": [f"{TOPIC}-other"]}, "okActions[0]"),
    ({"InsufficientDataActions": [TOPIC]}, "noDataActions"),
    ({"MetricName": "Other"}, "metric"),
    ({"Statistic": "Average"}, "statistic"),
    ({"ComparisonOperator": "GreaterThanThreshold"}, "operator"),
    ({"Dimensions": [{"Name": "Stack", "Value": "dev"}]}, "dimensions.Stack"),
]


@pytest.mark.parametrize(("changed", "path"), BY_HAND)
def test_what_somebody_changed_by_hand_is_drift_and_put_back(cloudwatch: Any, changed: Any, path: str) -> None:
    kind, inputs = AlarmKind(), alarm_of(NAME).dump()
    made = kind.create(call(), inputs)
    written = cloudwatch.describe_alarms()["MetricAlarms"][0]
    taken = {key: value for key, value in written.items() if key in PUT}
    cloudwatch.put_metric_alarm(**taken | changed)
    read = kind.read(call(), made.id, inputs)
    assert read is not None
    assert paths(kind, read.inputs, inputs) == [path]
    kind.update(call(), made.id, read.inputs, inputs)
    again = kind.read(call(), made.id, inputs)
    assert again is not None
    assert paths(kind, again.inputs, inputs) == []


PUT = {
    "AlarmName",
    "AlarmDescription",
    "ActionsEnabled",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "MetricName",
    "Namespace",
    "Statistic",
    "Dimensions",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
}


def test_a_silenced_alarm_is_drift(cloudwatch: Any) -> None:
    kind, inputs = AlarmKind(), alarm_of(NAME).dump()
    made = kind.create(call(), inputs)
    cloudwatch.disable_alarm_actions(AlarmNames=[NAME])
    read = kind.read(call(), made.id, inputs)
    assert read is not None
    assert paths(kind, read.inputs, inputs) == ["silenced"]
    kind.update(call(), made.id, read.inputs, inputs)
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["ActionsEnabled"] is True


def test_a_preview_changes_nothing_and_says_what_is_there(cloudwatch: Any) -> None:
    kind, inputs, lines = AlarmKind(), alarm_of(NAME).dump(), list[str]()
    kind.create(call(preview=True, lines=lines), inputs)
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    assert lines == []
    kind.create(call(), inputs)
    kind.create(call(preview=True, lines=lines), inputs)
    assert lines == ["info takes over what is there"]


def test_what_is_gone_is_missing_and_deleting_it_again_is_no_error(cloudwatch: Any) -> None:
    kind, inputs = AlarmKind(), alarm_of(NAME).dump()
    made = kind.create(call(), inputs)
    kind.delete(call(), made.id, inputs)
    kind.delete(call(), made.id, inputs)
    assert kind.read(call(), made.id, inputs) is None
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_an_import_takes_over_by_region_and_name(cloudwatch: Any) -> None:
    del cloudwatch
    kind, inputs = AlarmKind(), alarm_of(NAME).dump()
    made = kind.create(call(), inputs)
    assert made.id == f"eu-central-1:{NAME}"
    read = kind.read(call(), made.id, None)
    assert read is not None
    assert paths(kind, read.inputs, inputs) == []
    with pytest.raises(RolloutError, match="PRV001"):
        kind.stub(NAME)


def test_dashboards_are_made_read_back_and_told_apart_by_widget(cloudwatch: Any) -> None:
    kind = DashboardKind()
    boards = cloudwatch_dashboards("prod", ASKED, AWS)
    assert [board.name for board in boards] == [
        "creative-pipeline-prod-pipeline-health",
        "creative-pipeline-prod-cultural-alignment",
        "creative-pipeline-prod-economic-validation",
    ]
    for board in boards:
        inputs = board.dump()
        assert kind.check(inputs) == []
        made = kind.create(call(), inputs)
        read = kind.read(call(), made.id, inputs)
        assert read is not None
        assert read.inputs == inputs
    health = boards[0].dump()
    body = json.loads(cloudwatch.get_dashboard(DashboardName=boards[0].name)["DashboardBody"])
    title = body["widgets"][0]["properties"]["title"]
    body["widgets"][0]["properties"]["period"] = 3600
    body["widgets"].append({"type": "text", "properties": {"markdown": "hello"}})
    cloudwatch.put_dashboard(DashboardName=boards[0].name, DashboardBody=json.dumps(body))
    read = kind.read(call(), kind.identity(boards[0]), health)
    assert read is not None
    number = len(body["widgets"])
    assert sorted(paths(kind, read.inputs, health)) == sorted([f"widgets.{title}", f"widgets.(widget {number})"])
    kind.delete(call(), kind.identity(boards[0]), health)
    kind.delete(call(), kind.identity(boards[0]), health)
    assert kind.read(call(), kind.identity(boards[0]), health) is None


def test_a_dashboard_that_is_no_longer_ours_is_drift_and_not_a_failure(cloudwatch: Any) -> None:
    put_dashboard(cloudwatch, "one", {"a": '{"type":"text"}'})
    cloudwatch.put_dashboard(DashboardName="one", DashboardBody='{"widgets": "none"}')
    assert list(read_dashboard(cloudwatch, "one") or ()) == ["(not as we wrote it)"]


def rollback_alarm() -> Alarm:
    return alarm_of("creative-pipeline-prod-rollback")


def composite(alarm: Alarm) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "ActionsEnabled": True,
        "AlarmActions": [f"{TOPIC}-now"],
        "OKActions": [f"{TOPIC}-now"],
        "InsufficientDataActions": [],
        "AlarmRule": alarm.rule,
    }


def test_the_triggers_of_a_rollback_call_through_one_composite_alarm() -> None:
    alarm = rollback_alarm()
    single = [one.name for one in cloudwatch_alarms("prod", ASKED, AWS) if one.name.endswith("-rollback")]
    assert alarm.rule.count("ALARM(") == len(single) - 1
    service = client("cloudwatch", AWS)
    with Stubber(service) as stub:
        asked = {"AlarmNames": [alarm.name], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        stub.add_response("describe_alarms", {"CompositeAlarms": []}, asked)
        stub.add_response("put_composite_alarm", {}, composite(alarm))
        put_alarm(service, alarm)
        silenced = composite(alarm) | {"ActionsEnabled": False}
        stub.add_response("describe_alarms", {"CompositeAlarms": [silenced]}, asked)
        read = read_alarm(service, alarm)
        stub.assert_no_pending_responses()
    assert read is not None
    assert read["silenced"] is True
    assert read["rule"] == alarm.rule


def test_an_alarm_of_the_other_sort_is_refused(cloudwatch: Any) -> None:
    """CloudWatch would refuse it too, in words of its own."""
    put_alarm(cloudwatch, alarm_of(NAME))
    with pytest.raises(RolloutError, match=r"AWS002 .* another sort of alarm"):
        put_alarm(cloudwatch, rollback_alarm().model_copy(update={"name": NAME}))


def test_a_refusal_of_aws_keeps_the_state_as_it_was() -> None:
    service, kind, inputs = client("cloudwatch", AWS), AlarmKind(), alarm_of(NAME).dump()
    with Stubber(service) as stub, pytest.MonkeyPatch.context() as patch:
        patch.setattr("infra.provider.kinds.alarm.client", lambda *_: service)
        stub.add_client_error("describe_alarms", "AccessDenied", "no")
        with pytest.raises(PartialFailure, match="DescribeAlarms was refused"):
            kind.read(call(), kind.identity(alarm_of(NAME)), inputs)


def test_a_stack_with_a_dot_and_the_longest_link_are_taken_too() -> None:
    settings = ASKED.model_copy(update={"runbook": "https://example.org/" + "x" * 370})
    assert cloudwatch_alarms("eu.prod", settings, AWS)[0].name == "creative-pipeline-eu-prod-api-p95-warning"
    assert cloudwatch_dashboards("eu.prod", settings, AWS)


def test_no_series_of_an_alarm_is_unpublished() -> None:
    """Every alarm has a metric that the monitor tells CloudWatch of, without a label of its own."""
    names = {alarm.metric for alarm in cloudwatch_alarms("prod", ASKED, AWS) if not alarm.rule}
    severities = {alarm.name.rpartition("-")[2] for alarm in cloudwatch_alarms("prod", ASKED, AWS)}
    assert "ApiP95" in names
    assert {severity.value for severity in AlarmSeverity} <= severities
