"""The alarms and dashboards in CloudWatch, where the stack file asks for them."""

import pulumi

from infra.components.naming import TYPE_PREFIX, child_options, component_options
from infra.models.delivery import AwsSettings
from infra.models.monitoring import MonitoringSettings
from infra.monitoring.cloudwatch import cloudwatch_alarms, cloudwatch_dashboards
from infra.resources import Alarm, Dashboard


class Monitoring(pulumi.ComponentResource):
    """A resource for each alarm and dashboard; the alarm on other alarms comes after them."""

    def __init__(self, name: str, settings: MonitoringSettings, aws: AwsSettings, *, parent: pulumi.Resource) -> None:
        super().__init__(f"{TYPE_PREFIX}Monitoring", name, None, component_options(parent))
        stack = pulumi.get_stack()
        made: list[pulumi.Resource] = []
        for alarm in cloudwatch_alarms(stack, settings, aws):
            after = list(made) if alarm.rule else []
            made.append(Alarm(alarm.name, alarm, child_options(self, Alarm, alarm.name, after=after)))
        for dashboard in cloudwatch_dashboards(stack, settings, aws):
            Dashboard(dashboard.name, dashboard, child_options(self, Dashboard, dashboard.name))
        self.register_outputs({})


def declare_monitoring(settings: MonitoringSettings, aws: AwsSettings | None, *, parent: pulumi.Resource) -> None:
    """Declare what the settings ask for: nothing where they name no CloudWatch."""
    if settings.cloudwatch is not None and aws is not None:
        Monitoring("monitoring", settings, aws, parent=parent)
