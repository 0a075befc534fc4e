"""The handlers of alarms and dashboards in CloudWatch."""

from typing import Any

from infra.aws.alarms import delete_alarm, put_alarm, read_alarm
from infra.aws.client import client
from infra.aws.dashboards import delete_dashboard, put_dashboard, read_dashboard
from infra.errors import RolloutError
from infra.models.cloudwatch import Alarm, Dashboard
from infra.models.delivery import AwsSettings
from infra.provider.handler import Properties
from infra.provider.kinds.delivery import Delivery, Say


def _service(aws: AwsSettings) -> Any:
    return client("cloudwatch", aws)


def _parse(identity: str, what: str) -> tuple[AwsSettings, str]:
    """Return region and name of an id such as ``eu-central-1:creative-pipeline-prod-error-rate-warning``."""
    region, _, name = identity.partition(":")
    if not region or not name:
        raise RolloutError("PRV001", f"{what} {identity!r}", "it is no id", allowed="region:name")
    return AwsSettings.model_construct(region=region), name


class AlarmKind(Delivery[Alarm]):
    """Alarms by region and name; one that is there is taken over and brought to ours."""

    model = Alarm
    module = "aws"
    replaces = frozenset({"name", "aws.region"})

    def identity(self, wanted: Alarm) -> str:
        """Return region and name."""
        return f"{wanted.aws.region}:{wanted.name}"

    def stub(self, identity: str) -> Alarm:
        """Return an alarm of that id."""
        aws, name = _parse(identity, "alarm")
        return Alarm.model_construct(name=name, aws=aws)

    def look(self, wanted: Alarm) -> Properties | None:
        """Return the alarm as it stands, silenced ones as such; what is as it would be anyway is left out."""
        found = read_alarm(_service(wanted.aws), wanted)
        if found is None:
            return None
        usual = Alarm.model_construct(name=wanted.name, aws=wanted.aws).model_dump(mode="json", by_alias=True)
        stated = wanted.dump()
        return {key: value for key, value in found.items() if key in stated or value != usual[key]}

    def write(self, wanted: Alarm, former: Alarm | None, say: Say) -> Properties:
        """Write the alarm whole."""
        del former, say
        put_alarm(_service(wanted.aws), wanted)
        return {}

    def remove(self, wanted: Alarm, say: Say) -> None:
        """Delete the alarm."""
        del say
        delete_alarm(_service(wanted.aws), wanted.name)


class DashboardKind(Delivery[Dashboard]):
    """Dashboards by region and name."""

    model = Dashboard
    module = "aws"
    replaces = frozenset({"name", "aws.region"})

    def identity(self, wanted: Dashboard) -> str:
        """Return region and name."""
        return f"{wanted.aws.region}:{wanted.name}"

    def stub(self, identity: str) -> Dashboard:
        """Return a dashboard of that id."""
        aws, name = _parse(identity, "dashboard")
        return Dashboard.model_construct(name=name, widgets={}, aws=aws)

    def look(self, wanted: Dashboard) -> Properties | None:
        """Return the widgets that are there."""
        found = read_dashboard(_service(wanted.aws), wanted.name)
        return None if found is None else {"widgets": found}

    def write(self, wanted: Dashboard, former: Dashboard | None, say: Say) -> Properties:
        """Write the dashboard whole."""
        del former, say
        put_dashboard(_service(wanted.aws), wanted.name, wanted.widgets)
        return {}

    def remove(self, wanted: Dashboard, say: Say) -> None:
        """Delete the dashboard."""
        del say
        delete_dashboard(_service(wanted.aws), wanted.name)
