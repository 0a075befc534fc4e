"""An AppConfig in memory: moto has no environments, strategies or deployments.

Every call and every answer is held against the service's own model, as botocore's Stubber does it.
"""

# ruff: noqa: N803 - the arguments are called as AWS calls them

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import botocore.session
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from infra.aws.deployments import Clock

_MODEL = botocore.session.get_session().get_service_model("appconfig")
#: Seconds from the start of a deployment to its states, for a strategy that takes ten minutes and bakes for ten.
TEN_AND_TEN = (("DEPLOYING", 600.0), ("BAKING", 1200.0))
AT_ONCE = (("DEPLOYING", 10.0), ("BAKING", 600.0))
PAGE = 2


class Time:
    """A clock that stands still until somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.seconds, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Deployment:
    number: int
    environment: str
    profile: str
    version: str
    strategy: str
    began: float
    ended: tuple[str, float] | None = None
    """A state that it was brought to, and when that is over."""


@dataclass
class FakeAppConfig:
    """The calls that are made of AppConfig, and its state. `calls` are the operations that change something."""

    time: Time = field(default_factory=Time)
    calls: list[str] = field(default_factory=list)
    objects: list[dict[str, Any]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    """Operations that are refused, and AWS's code for it."""
    fails: bool = False
    """Whether an alarm goes off while it bakes."""

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        name = "".join(word.capitalize() for word in operation.split("_"))
        model = _MODEL.operation_model(name)

        def call(**arguments: Any) -> dict[str, Any]:
            _validate(arguments, model.input_shape)
            if not name.startswith(("List", "Get")):
                self.calls.append(name)
            if name in self.refuses:
                raise ClientError({"Error": {"Code": self.refuses[name], "Message": "because"}}, name)
            answer: dict[str, Any] = getattr(self, f"_{operation}")(**arguments)
            plain = {key: value for key, value in answer.items() if key != "Content"}
            _validate(plain, model.output_shape)
            return answer

        return call

    # Objects

    def _list(self, kind: str, token: str | None, **fields: str) -> dict[str, Any]:
        items = [
            {key: value for key, value in item.items() if key != "kind"}
            for item in self.objects
            if item["kind"] == kind and all(item.get(key) == value for key, value in fields.items())
        ]
        return _page(items, token)

    def _make(self, kind: str, **fields: Any) -> dict[str, Any]:
        item = {"kind": kind, "Id": f"id{len(self.objects):03}", **fields}
        self.objects.append(item)
        return {key: value for key, value in item.items() if key not in ("kind", "Tags")}

    def _list_applications(self, NextToken: str | None = None) -> dict[str, Any]:
        return self._list("application", NextToken)

    def _create_application(self, **fields: Any) -> dict[str, Any]:
        return self._make("application", **fields)

    def _list_environments(self, ApplicationId: str, NextToken: str | None = None) -> dict[str, Any]:
        return self._list("environment", NextToken, ApplicationId=ApplicationId)

    def _create_environment(self, **fields: Any) -> dict[str, Any]:
        return self._make("environment", **fields)

    def _list_configuration_profiles(self, ApplicationId: str, NextToken: str | None = None) -> dict[str, Any]:
        page = self._list("profile", NextToken, ApplicationId=ApplicationId)
        items = [{key: value for key, value in item.items() if key != "Description"} for item in page["Items"]]
        return page | {"Items": items}

    def _create_configuration_profile(self, **fields: Any) -> dict[str, Any]:
        return self._make("profile", **fields)

    def _list_deployment_strategies(self, NextToken: str | None = None) -> dict[str, Any]:
        return self._list("strategy", NextToken)

    # Versions

    def _list_hosted_configuration_versions(
        self, ApplicationId: str, ConfigurationProfileId: str, NextToken: str | None = None
    ) -> dict[str, Any]:
        place = {"ApplicationId": ApplicationId, "ConfigurationProfileId": ConfigurationProfileId}
        items = [
            {key: value for key, value in version.items() if key != "Content"}
            for version in reversed(self.versions)
            if place.items() <= version.items()
        ]
        return _page(items, NextToken)

    def _create_hosted_configuration_version(
        self, Content: bytes, LatestVersionNumber: int | None = None, **fields: Any
    ) -> dict[str, Any]:
        of_profile = [v for v in self.versions if v["ConfigurationProfileId"] == fields["ConfigurationProfileId"]]
        latest = max((version["VersionNumber"] for version in of_profile), default=None)
        if LatestVersionNumber != latest:
            raise ClientError({"Error": {"Code": "ConflictException"}}, "CreateHostedConfigurationVersion")
        self.versions.append({**fields, "VersionNumber": (latest or 0) + 1, "Content": Content})
        return {**fields, "VersionNumber": (latest or 0) + 1}

    def _get_hosted_configuration_version(self, VersionNumber: int, **place: str) -> dict[str, Any]:
        for version in self.versions:
            if version["VersionNumber"] == VersionNumber and place.items() <= version.items():
                return {**version, "Content": io.BytesIO(version["Content"])}
        raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetHostedConfigurationVersion")

    # Deployments

    def state_of(self, deployment: Deployment) -> str:
        if deployment.ended:
            state, until = deployment.ended
            return "ROLLED_BACK" if state == "ROLLING_BACK" and self.time.seconds >= until else state
        age = self.time.seconds - deployment.began
        plan = AT_ONCE if deployment.strategy == "AppConfig.AllAtOnce" else TEN_AND_TEN
        state = next((state for state, until in plan if age < until), "COMPLETE")
        return "ROLLED_BACK" if self.fails and state != "DEPLOYING" else state

    def _summary(self, deployment: Deployment) -> dict[str, Any]:
        minutes = 0 if deployment.strategy == "AppConfig.AllAtOnce" else 10
        state = self.state_of(deployment)
        return {
            "DeploymentNumber": deployment.number,
            "ConfigurationProfileId": deployment.profile,
            "ConfigurationName": deployment.profile,
            "ConfigurationVersion": deployment.version,
            "DeploymentDurationInMinutes": minutes,
            "FinalBakeTimeInMinutes": 10,
            "State": state,
            "PercentageComplete": 40.0 if state == "DEPLOYING" else 100.0,
        }

    def _list_deployments(self, ApplicationId: str, EnvironmentId: str, NextToken: str | None = None) -> dict[str, Any]:
        assert ApplicationId
        found = [one for one in reversed(self.deployments) if one.environment == EnvironmentId]
        return _page([self._summary(one) for one in found], NextToken)

    def _get_deployment(self, ApplicationId: str, EnvironmentId: str, DeploymentNumber: int) -> dict[str, Any]:
        deployment = self.deployments[DeploymentNumber - 1]
        assert ApplicationId
        assert deployment.environment == EnvironmentId
        events = [{"EventType": "ROLLBACK_STARTED", "Description": "an alarm went off"}] if self.fails else []
        return {**self._summary(deployment), "EventLog": events}

    def _start_deployment(
        self,
        *,
        ApplicationId: str,
        EnvironmentId: str,
        ConfigurationProfileId: str,
        ConfigurationVersion: str,
        DeploymentStrategyId: str,
    ) -> dict[str, Any]:
        assert ApplicationId
        busy = {"DEPLOYING", "BAKING", "ROLLING_BACK"}
        if any(self.state_of(one) in busy for one in self.deployments if one.environment == EnvironmentId):
            raise ClientError({"Error": {"Code": "ConflictException"}}, "StartDeployment")
        number = len(self.deployments) + 1
        self.deployments.append(
            Deployment(
                number,
                EnvironmentId,
                ConfigurationProfileId,
                ConfigurationVersion,
                DeploymentStrategyId,
                self.time.seconds,
            )
        )
        return {"DeploymentNumber": number, "State": "DEPLOYING"}

    def _stop_deployment(
        self, ApplicationId: str, EnvironmentId: str, DeploymentNumber: int, *, AllowRevert: bool = False
    ) -> dict[str, Any]:
        assert ApplicationId
        deployment = self.deployments[DeploymentNumber - 1]
        if self.state_of(deployment) != "DEPLOYING" and not AllowRevert:
            raise ClientError({"Error": {"Code": "BadRequestException"}}, "StopDeployment")
        assert deployment.environment == EnvironmentId
        deployment.ended = ("ROLLING_BACK", self.time.seconds + 15.0)
        return {"DeploymentNumber": DeploymentNumber, "State": "ROLLING_BACK"}


def _page(items: list[dict[str, Any]], token: str | None) -> dict[str, Any]:
    """Two items a page, so that whoever reads the first page alone is found out."""
    begin = int(token or 0)
    rest = {"NextToken": str(begin + PAGE)} if len(items) > begin + PAGE else {}
    return {"Items": items[begin : begin + PAGE], **rest}


def _validate(given: dict[str, Any], shape: Any) -> None:
    known = set(shape.members)
    assert set(given) <= known, f"{shape.name} has no {set(given) - known}"
    report = ParamValidator().validate(given, shape)
    assert not report.has_errors(), report.generate_report()
