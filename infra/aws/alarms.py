"""Alarms of CloudWatch: read as they stand, written whole, deleted."""

from collections.abc import Mapping
from typing import Any, Final

from infra.aws.failures import aws_errors
from infra.errors import RolloutError
from infra.models.cloudwatch import Alarm

_PATH: Final = "aws cloudwatch alarm"
#: CloudWatch's words for what we call otherwise.
_OF_METRIC: Final = {
    "namespace": "Namespace",
    "metric": "MetricName",
    "operator": "ComparisonOperator",
    "threshold": "Threshold",
    "period": "Period",
    "minutes": "EvaluationPeriods",
    "missing": "TreatMissingData",
}


def read_alarm(client: Any, wanted: Alarm) -> dict[str, Any] | None:
    """Return the alarm of this name as the properties of ours, or None. One of the other sort counts as ours.

    Raises:
        RolloutError: AWS001 when AWS refuses or cannot be reached.
    """
    with aws_errors(f"{_PATH} {wanted.name}"):
        found = client.describe_alarms(AlarmNames=[wanted.name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    if composites := found.get("CompositeAlarms"):
        return _shared(composites[0]) | {"rule": str(composites[0].get("AlarmRule", ""))}
    if metrics := found.get("MetricAlarms"):
        return _shared(metrics[0]) | _of_metric(metrics[0])
    return None


def put_alarm(client: Any, wanted: Alarm) -> None:
    """Write the alarm whole: what somebody has changed by hand is as it should be again.

    Raises:
        RolloutError: AWS001 when AWS refuses; AWS002 for an alarm of the other sort under its name.
    """
    standing = read_alarm(client, wanted)
    if standing is not None and ("rule" in standing) != bool(wanted.rule):
        problem = "there is another sort of alarm under this name"
        fix = f"delete it (`aws cloudwatch delete-alarms --alarm-names {wanted.name}`)"
        raise RolloutError("AWS002", f"{_PATH} {wanted.name}", problem, fix=fix)
    common = {
        "AlarmName": wanted.name,
        "AlarmDescription": wanted.description,
        "ActionsEnabled": not wanted.silenced,
        "AlarmActions": list(wanted.actions),
        "OKActions": list(wanted.ok_actions),
        "InsufficientDataActions": list(wanted.no_data_actions),
    }
    with aws_errors(f"{_PATH} {wanted.name}"):
        if wanted.rule:
            client.put_composite_alarm(**common, AlarmRule=wanted.rule)
        else:
            client.put_metric_alarm(**common, **_as_metric(wanted))


def delete_alarm(client: Any, name: str) -> None:
    """Delete the alarm; one that is gone already is no error."""
    with aws_errors(f"{_PATH} {name}"):
        client.delete_alarms(AlarmNames=[name])


def _as_metric(wanted: Alarm) -> dict[str, Any]:
    return {
        **{theirs: getattr(wanted, ours) for ours, theirs in _OF_METRIC.items()},
        "Statistic": wanted.statistic,
        "DatapointsToAlarm": wanted.minutes,
        "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(wanted.dimensions.items())],
    }


def _shared(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "description": found.get("AlarmDescription", ""),
        "silenced": not found.get("ActionsEnabled", True),
        "actions": list(found.get("AlarmActions", ())),
        "okActions": list(found.get("OKActions", ())),
        "noDataActions": list(found.get("InsufficientDataActions", ())),
    }


def _of_metric(found: Mapping[str, Any]) -> dict[str, Any]:
    told = {ours: found.get(theirs) for ours, theirs in _OF_METRIC.items()}
    needed = (found.get("EvaluationPeriods"), found.get("DatapointsToAlarm") or found.get("EvaluationPeriods"))
    statistic = found.get("Statistic") or found.get("ExtendedStatistic")
    dimensions = {item["Name"]: item["Value"] for item in found.get("Dimensions", ())}
    # Fewer bad minutes than are looked at would be a milder alarm than ours.
    minutes = told["minutes"] if needed[0] == needed[1] else f"{needed[1]} of {needed[0]}"
    return {
        **told,
        "minutes": minutes,
        "missing": told["missing"] or "missing",
        "statistic": statistic,
        "dimensions": dimensions,
    }
