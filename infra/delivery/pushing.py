"""Tells the flags everywhere at once, without Pulumi: what the kill switch does after the database has it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.aws.appconfig import FlagProfile
from infra.aws.client import client
from infra.aws.ssm import put_parameters
from infra.delivery.env_text import parse_env, render_env
from infra.delivery.files import write_file
from infra.delivery.flagd_text import parse_flagd, render_flagd
from infra.errors import RolloutError, RolloutErrors
from infra.models.delivery import AppConfigDelivery, AwsSettings, DeliverySettings, SsmDelivery


@dataclass(frozen=True)
class Outcome:
    """Whether one target has the flags now, and if not, why."""

    target: str
    ok: bool
    error: RolloutError | RolloutErrors | None = None


@dataclass(frozen=True)
class Message:
    """What is told: every flag, which of them are for the cohort alone, who is in it, and whether it is urgent."""

    flags: Mapping[str, bool]
    cohort_only: Collection[str] = ()
    members: Collection[str] = ()
    urgent: bool = True

    def to_env_file(self, folder: Path, path: str) -> None:
        """Write the application's file."""
        write_file(folder, path, render_env(self.flags), lambda text: parse_env(text) is not None)

    def to_flagd(self, folder: Path, path: str) -> None:
        """Write flagd's file."""
        text = render_flagd(self.flags, self.cohort_only, self.members)
        write_file(folder, path, text, lambda found: parse_flagd(found) is not None)

    def to_ssm(self, aws: AwsSettings | None, delivery: SsmDelivery) -> None:
        """Write the parameters."""
        put_parameters(client("ssm", _stated(aws)), delivery.prefix, self.flags)

    def to_app_config(self, aws: AwsSettings | None, delivery: AppConfigDelivery) -> None:
        """Deploy the configuration."""
        profile = FlagProfile(client("appconfig", _stated(aws)), delivery)
        profile.deliver(self.flags, self.cohort_only, urgent=self.urgent)


def push(
    settings: DeliverySettings,
    aws: AwsSettings | None,
    flags: Mapping[str, bool],
    folder: Path,
    *,
    cohort_only: Collection[str] = (),
    members: Collection[str] = (),
    urgent: bool = True,
) -> list[Outcome]:
    """Write every target that the settings name, one after the other, and return how each went. Nothing is raised.

    Args:
        settings: Where the flags are told.
        aws: Where AWS is asked; None where the stack file does not say.
        flags: Every flag that is to be told: what is not among them is taken out of the files.
        folder: The project's folder, below which the files are.
        cohort_only: The flags that are for the cohort alone while they are on.
        members: The ids of the cohort's users.
        urgent: Whether AppConfig deploys to everybody at once, in the place of what is under way there.
    """
    message = Message(flags, cohort_only, members, urgent)
    return [_attempt(target, write) for target, write in _targets(settings, aws, message, folder)]


def _targets(
    settings: DeliverySettings, aws: AwsSettings | None, message: Message, folder: Path
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield each target's name and what writes it; files first, as they take no time."""
    if (path := settings.env_file) is not None:
        yield f"envFile {path}", lambda: message.to_env_file(folder, path)
    if (flagd := settings.flagd) is not None:
        yield f"flagd {flagd}", lambda: message.to_flagd(folder, flagd)
    if (ssm := settings.ssm) is not None:
        yield f"ssm {ssm.prefix}", lambda: message.to_ssm(aws, ssm)
    if (app := settings.app_config) is not None:
        name = f"appConfig {app.application}/{app.environment}/{app.profile}"
        yield name, lambda: message.to_app_config(aws, app)


def _attempt(target: str, write: Callable[[], None]) -> Outcome:
    try:
        write()
    except (RolloutError, RolloutErrors) as error:
        return Outcome(target, ok=False, error=error)
    except Exception as error:  # noqa: BLE001 - the other targets are to have the flags whatever went wrong here
        problem = f"an unexpected failure ({type(error).__name__})"
        return Outcome(
            target,
            ok=False,
            error=RolloutError("PRV003", target, problem, fix="report it, and turn the flags off there by hand"),
        )
    return Outcome(target, ok=True)


def _stated(aws: AwsSettings | None) -> AwsSettings:
    if aws is None:
        fix = "write `aws: {region: …}` in the stack file"
        raise RolloutError("CFG004", "aws.region", "it is missing, and the flags are told to AWS", fix=fix)
    return aws
