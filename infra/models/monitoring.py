"""What a stack file says of monitoring: where alarms and dashboards are kept, other thresholds, how often it looks."""

import datetime as dt
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, StrictStr, StringConstraints

from infra.models.base import Model, fault
from infra.models.gate import Address, Threshold
from infra.models.moments import Span

_SHORTEST: Final = dt.timedelta(seconds=5)
_LONGEST: Final = dt.timedelta(minutes=1)
_SPAN_RULE: Final = "5s to 1m: alarms count minutes"
#: What SNS and the other targets of an alarm are called by.
_ARN: Final = r"^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[A-Za-z0-9_:./*-]+$"
_NAMESPACE: Final = r"^[A-Za-z0-9_.#/-]+$"


def _interval(value: dt.timedelta) -> dt.timedelta:
    if not _SHORTEST <= value <= _LONGEST:
        problem = f"{int(value.total_seconds())} s is not how often the monitor may look"
        raise fault("MON001", problem, allowed=_SPAN_RULE, fix="write it such as 30s")
    return value


def _arns(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _own_namespace(value: str) -> str:
    if value.upper().startswith("AWS/"):
        raise fault("MON001", f"{value!r} is AWS's own", allowed="a namespace of our own", fix="choose another")
    return value


Arn = Annotated[StrictStr, StringConstraints(max_length=1024, pattern=_ARN)]
Arns = Annotated[tuple[Arn, ...], BeforeValidator(_arns), Field(max_length=5)]
Namespace = Annotated[
    StrictStr, StringConstraints(min_length=1, max_length=255, pattern=_NAMESPACE), AfterValidator(_own_namespace)
]


class Actions(Model):
    """Whom an alarm calls, by how bad it is: topics of SNS, or whatever else CloudWatch takes; at most five each."""

    warning: Arns = ()
    critical: Arns = ()
    rollback: Arns = ()


class CloudWatch(Model):
    """The alarms and dashboards in CloudWatch, and where the monitor publishes its figures."""

    namespace: Namespace = "CreativePipeline"
    actions: Actions = Actions()


class MonitoringSettings(Model):
    """The key `monitoring`. Without `cloudwatch` nothing is made or published there.

    `thresholds` are by the alarm's name; `api` is asked for how fast it answers, once in each interval.
    """

    cloudwatch: CloudWatch | None = None
    thresholds: dict[str, Threshold] = Field(default_factory=dict)
    interval: Annotated[Span, AfterValidator(_interval)] = dt.timedelta(seconds=30)
    api: Address | None = None
    runbook: Annotated[Address, StringConstraints(max_length=400)] | None = None
    """Where docs/monitoring.md can be read, without a heading."""
