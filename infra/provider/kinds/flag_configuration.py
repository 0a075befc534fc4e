"""The handler of flags as a feature-flag profile of AWS AppConfig."""

from typing import Final

from infra.aws.appconfig import FlagProfile
from infra.aws.client import client
from infra.aws.deployments import Clock
from infra.errors import RolloutError
from infra.models.delivery import AppConfigDelivery, AwsSettings, FlagConfiguration
from infra.provider.handler import Properties
from infra.provider.kinds.delivery import Delivery, Say

_NAMES: Final = ("application", "environment", "profile")


class FlagConfigurationKind(Delivery[FlagConfiguration]):
    """What one environment of AppConfig serves of a feature-flag profile. Tests wait by a clock of their own."""

    model = FlagConfiguration
    module = "aws"
    replaces = frozenset({*_NAMES, "aws.region"})
    outputs = {"version": {"type": "integer", "description": "The version of the profile that is served."}}  # noqa: RUF012 - declared as a class variable in the base

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()

    def identity(self, wanted: FlagConfiguration) -> str:
        """Return region, application, environment and profile."""
        return f"{wanted.aws.region}:{wanted.application}/{wanted.environment}/{wanted.profile}"

    def stub(self, identity: str) -> FlagConfiguration:
        """Return the configuration of an id such as ``eu-central-1:creative-pipeline/prod/flags``."""
        region, _, rest = identity.partition(":")
        names = rest.split("/")
        if not region or len(names) != len(_NAMES) or not all(names):
            allowed = "region:application/environment/profile"
            raise RolloutError("PRV001", f"flag configuration {identity!r}", "it is no id", allowed=allowed)
        aws = AwsSettings.model_construct(region=region)
        application, environment, profile = names
        return FlagConfiguration.model_construct(
            application=application, environment=environment, profile=profile, flags={}, aws=aws
        )

    def look(self, wanted: FlagConfiguration) -> Properties | None:
        """Return the flags that the environment serves, for whom they are, and the version."""
        served = self._profile(wanted).read()
        if served is None:
            return None
        content = served.content
        return {"flags": content.flags, "cohortOnly": list(content.cohort_only), "version": served.version}

    def write(self, wanted: FlagConfiguration, former: FlagConfiguration | None, say: Say) -> Properties:
        """Deploy the flags, if others are served, and wait until everybody has them."""
        del former
        version = self._profile(wanted, say).deliver(wanted.flags, wanted.cohort_only)
        say(f"{wanted.environment} serves version {version} of {wanted.profile}")
        return {"version": version}

    def remove(self, wanted: FlagConfiguration, say: Say) -> None:
        """Deploy every flag as off and leave the rest: others may use it, and a missing profile fails its clients."""
        if self._profile(wanted, say).turn_off():
            say(f"left {self.identity(wanted)} with every flag off; delete it in AppConfig once nobody asks for it")

    def _profile(self, wanted: FlagConfiguration, say: Say = lambda _: None) -> FlagProfile:
        names = AppConfigDelivery.model_construct(
            application=wanted.application,
            environment=wanted.environment,
            profile=wanted.profile,
            strategy=wanted.strategy,
        )
        return FlagProfile(client("appconfig", wanted.aws), names, self._clock, say)
