"""Alarms and dashboards as CloudWatch has them: what is declared, and what is read back."""

from typing import Annotated, Final, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr, StringConstraints, model_validator

from infra.models.alarm import PERIOD_SECONDS
from infra.models.base import Model, fault
from infra.models.delivery import AwsSettings
from infra.models.monitoring import Arns

Name = Annotated[StrictStr, StringConstraints(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9_-]+$")]
Text = Annotated[StrictStr, StringConstraints(max_length=1024)]
Operator = Literal[
    "GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
]
#: What a composite alarm and one on a metric share no more than a name in.
_OF_METRICS: Final = ("namespace", "metric", "threshold")


class Alarm(Model):
    """An alarm on a metric; or, with a `rule`, one on other alarms."""

    name: Name
    description: Text = ""
    namespace: Text = ""
    metric: Text = ""
    dimensions: dict[StrictStr, StrictStr] = Field(default_factory=dict)
    statistic: Literal["Average", "Maximum", "Minimum", "Sum", "SampleCount"] = "Maximum"
    operator: Operator = "GreaterThanThreshold"
    threshold: float | None = None
    period: StrictInt = PERIOD_SECONDS
    minutes: StrictInt = 1
    missing: Literal["missing", "ignore", "breaching", "notBreaching"] = "missing"
    rule: Annotated[StrictStr, StringConstraints(max_length=10240)] = ""
    silenced: StrictBool = False
    """Whether it calls nobody, whatever its actions: what somebody has silenced by hand is drift."""
    actions: Arns = ()
    ok_actions: Arns = ()
    no_data_actions: Arns = ()
    aws: AwsSettings

    @model_validator(mode="after")
    def _check(self) -> "Alarm":
        given = [name for name in _OF_METRICS if getattr(self, name) not in ("", None)]
        if (self.rule and given) or (not self.rule and len(given) < len(_OF_METRICS)):
            problem = f"it has {', '.join(given) or 'no metric'} and {'a' if self.rule else 'no'} rule"
            allowed = "namespace, metric and threshold, or a rule on other alarms"
            raise fault("MON001", problem, allowed=allowed, fix="give one of the two")
        return self


class Dashboard(Model):
    """A dashboard. Each widget is its JSON, by its title, so that a preview shows which of them changes."""

    name: Name
    widgets: dict[StrictStr, StrictStr] = Field(min_length=1, max_length=500)
    aws: AwsSettings
