"""The flags elsewhere: in a file, in flagd, in AWS, told after the database has them."""

import pulumi

from infra.components.naming import TYPE_PREFIX, child_options, component_options
from infra.models.cohort import Cohort
from infra.models.delivery import AwsSettings, DeliverySettings
from infra.models.delivery import EnvFile as EnvFileDefinition
from infra.models.delivery import FlagConfiguration as FlagConfigurationDefinition
from infra.models.delivery import FlagdFile as FlagdFileDefinition
from infra.models.delivery import Parameters as ParametersDefinition
from infra.models.rollout import Rollout
from infra.pipeline.flags import with_dependents
from infra.resources import EnvFile, FlagConfiguration, FlagdFile, Options, Parameters


class Delivery(pulumi.ComponentResource):
    """A resource for each place that the stack file names."""

    def __init__(
        self,
        name: str,
        settings: DeliverySettings,
        aws: AwsSettings | None,
        rollout: Rollout,
        cohort: Cohort,
        *,
        parent: pulumi.Resource,
        after: pulumi.Resource,
    ) -> None:
        super().__init__(f"{TYPE_PREFIX}Delivery", name, None, component_options(parent))
        self._flags = rollout.flags
        self._cohort_only = with_dependents(rollout.cohort_only)
        self._members = tuple(member.user for member in cohort.members)
        self._after = after
        self._files(settings)
        if aws is not None:
            self._services(settings, aws)
        self.register_outputs({})

    def _options(self, kind: type[pulumi.CustomResource], name: str) -> Options:
        return child_options(self, kind, name, after=[self._after])

    def _files(self, settings: DeliverySettings) -> None:
        flags = self._flags
        if settings.env_file is not None:
            file = EnvFileDefinition(path=settings.env_file, flags=flags)
            EnvFile("env file", file, self._options(EnvFile, "env file"))
        if settings.flagd is not None:
            flagd = FlagdFileDefinition(
                path=settings.flagd, flags=flags, cohort_only=self._cohort_only, members=self._members
            )
            FlagdFile("flagd file", flagd, self._options(FlagdFile, "flagd file"))

    def _services(self, settings: DeliverySettings, aws: AwsSettings) -> None:
        flags = self._flags
        if settings.ssm is not None:
            parameters = ParametersDefinition(prefix=settings.ssm.prefix, flags=flags, aws=aws)
            Parameters("parameters", parameters, self._options(Parameters, "parameters"))
        if settings.app_config is not None:
            configuration = FlagConfigurationDefinition(
                **settings.app_config.model_dump(), flags=flags, cohort_only=self._cohort_only, aws=aws
            )
            FlagConfiguration(
                "flag configuration", configuration, self._options(FlagConfiguration, "flag configuration")
            )
