"""A feature-flag profile of AppConfig: found or made, its version written, and deployed to an environment.

Nothing of AppConfig is ever deleted: an application and its profile may serve other environments, and clients fail on a
profile that is gone. What is taken back is deployed with every flag off.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from infra.aws.deployments import AT_ONCE, Clock, Deployments, Place, listed
from infra.aws.failures import aws_errors
from infra.aws.feature_flags import FlagContent, parse_feature_flags, render_feature_flags
from infra.errors import RolloutError
from infra.models.delivery import AppConfigDelivery
from infra.models.flag import FlagName

_PROFILE: Final = {"Type": "AWS.AppConfig.FeatureFlags", "LocationUri": "hosted"}
_PREDEFINED: Final = "AppConfig."
_MADE_BY: Final = "Made by the rollout of the creative pipeline"


@dataclass(frozen=True)
class Served:
    """What an environment serves: the version and what it says."""

    version: int
    content: FlagContent


@dataclass(frozen=True)
class FlagProfile:
    """The profile that the names of the stack file stand for. `say` is told what a deployment waits for."""

    client: Any
    names: AppConfigDelivery
    clock: Clock = field(default_factory=Clock)
    say: Callable[[str], None] = lambda _: None

    @property
    def path(self) -> str:
        """The path for errors."""
        return f"aws appconfig {self.names.application}/{self.names.environment}/{self.names.profile}"

    def read(self) -> Served | None:
        """Return what the environment serves of the profile, or None where nothing was ever deployed.

        It is the deployed version that counts, not the newest one: that one may never have reached anybody.
        """
        place = self._place(make=False)
        version = Deployments(self.client, place).served_version() if place else None
        if place is None or version is None:
            return None
        return Served(version, parse_feature_flags(self._content(place, version)))

    def deliver(self, flags: Mapping[str, bool], cohort_only: Collection[str], *, urgent: bool = False) -> int:
        """Bring the environment to these flags, and return the version; nothing is done where it serves them.

        It is done once everybody has them: AppConfig may still watch the alarms. `urgent` deploys to everybody at once,
        in the place of a deployment of ours that is under way.

        Raises:
            RolloutError: AWS001 when AWS refuses; AWS002 for an object that is another than ours, a strategy that is
                not there, or a deployment that is rolled back or does not end.
        """
        content = render_feature_flags(flags, cohort_only)
        strategy = AT_ONCE if urgent else self._strategy()
        place = self._place(make=True)
        assert place
        version = self._version(place, content)
        Deployments(self.client, place, self.clock, self.say).bring(version, strategy, urgent=urgent)
        return version

    def turn_off(self) -> bool:
        """Deploy every flag as off, if the environment serves any; return whether it does."""
        if self.read() is None:
            return False
        self.deliver(dict.fromkeys(FlagName, False), (), urgent=True)
        return True

    def _place(self, *, make: bool) -> Place | None:
        """Return the ids; one that is missing is made, or leaves us without a place."""
        application = self._object("application", self.names.application, {}, make=make)
        if application is None:
            return None
        within = {"ApplicationId": application}
        environment = self._object("environment", self.names.environment, within, make=make)
        profile = self._object("configuration_profile", self.names.profile, within, make=make)
        if environment is None or profile is None:
            return None
        return Place(application, environment, profile, self.names.profile, self.path)

    def _object(self, kind: str, name: str, within: Mapping[str, str], *, make: bool) -> str | None:
        """Return the id of the one with this name; AppConfig lets two have the same, and we would not know which."""
        items = listed(self.client, f"list_{kind}s", self.path, **within)
        found = [item for item in items if item.get("Name") == name]
        if len(found) > 1:
            problem = f"there are {len(found)} of the name {name!r} ({', '.join(item['Id'] for item in found)})"
            raise RolloutError("AWS002", self.path, problem, fix="delete or rename those that are not meant")
        special = _PROFILE if kind == "configuration_profile" else {}
        if found:
            self._refuse_others(found[0], special)
            return str(found[0]["Id"])
        return self._create(f"create_{kind}", Name=name, **within, **special) if make else None

    def _create(self, operation: str, **arguments: str) -> str:
        with aws_errors(self.path):
            return str(getattr(self.client, operation)(Description=_MADE_BY, **arguments)["Id"])

    def _refuse_others(self, item: Mapping[str, Any], expected: Mapping[str, str]) -> None:
        if wrong := {key: item.get(key) for key, value in expected.items() if item.get(key) != value}:
            shown = ", ".join(f"{key} {value}" for key, value in wrong.items())
            allowed = ", ".join(f"{key} {value}" for key, value in expected.items())
            problem = f"the profile is another one ({shown})"
            raise RolloutError("AWS002", self.path, problem, allowed=allowed, fix="give ours another name")

    def _strategy(self) -> str:
        """Return the id of the strategy, which the stack file gives by id or by name."""
        wanted = self.names.strategy
        if wanted.startswith(_PREDEFINED):
            return wanted
        known = list(listed(self.client, "list_deployment_strategies", self.path))
        for item in known:
            if wanted in (item["Id"], item["Name"]):
                return str(item["Id"])
        allowed = ", ".join(sorted(item["Name"] for item in known)) or "the predefined ones, such as " + AT_ONCE
        raise RolloutError("AWS002", self.path, f"there is no deployment strategy {wanted!r}", allowed=allowed)

    def _version(self, place: Place, content: bytes) -> int:
        """Return the version with this content: the newest one, if it says the same, or a new one."""
        versions = listed(
            self.client,
            "list_hosted_configuration_versions",
            self.path,
            ApplicationId=place.application,
            ConfigurationProfileId=place.profile,
        )
        latest = max((int(item["VersionNumber"]) for item in versions), default=None)
        if latest is not None and self._says(place, latest, content):
            return latest
        # The newest version that we know of: whoever writes one in between is not overwritten.
        token = {} if latest is None else {"LatestVersionNumber": latest}
        with aws_errors(self.path):
            answer = self.client.create_hosted_configuration_version(
                ApplicationId=place.application,
                ConfigurationProfileId=place.profile,
                Content=content,
                ContentType="application/json",
                **token,
            )
        return int(answer["VersionNumber"])

    def _says(self, place: Place, version: int, content: bytes) -> bool:
        """Whether a version says the same; one with the flags of others is refused, as ours would take them away."""
        found = parse_feature_flags(self._content(place, version))
        if found.others:
            problem = f"version {version} has flags of others ({', '.join(found.others)})"
            raise RolloutError("AWS002", self.path, problem, fix="give ours a profile of its own")
        return found == parse_feature_flags(content)

    def _content(self, place: Place, version: int) -> bytes:
        with aws_errors(self.path):
            answer = self.client.get_hosted_configuration_version(
                ApplicationId=place.application, ConfigurationProfileId=place.profile, VersionNumber=version
            )
            return bytes(answer["Content"].read())
