"""Where the flags are told besides the database: a file for the application, flagd, and two services of AWS."""

import re
from pathlib import PurePosixPath
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictStr, StringConstraints, model_validator

from infra.models.base import Model, fault
from infra.models.cohort import UserId
from infra.models.flag import FlagName

#: SSM allows 15 levels and 1011 characters; the flag's own name is one of the levels.
_PREFIX: Final = r"^(/[A-Za-z0-9_.-]{1,100}){1,8}$"
_PATH_RULE: Final = "a path below the project's folder, such as deploy/flags.env"
_MAX_PATH: Final = 400
_MAX_PORT: Final = 65535
#: Neither / nor : is among them: they stand between the names in an id.
_LABEL: Final = r"^[A-Za-z0-9_][A-Za-z0-9_ .+=@-]*$"
_RESERVED_PREFIX: Final = re.compile(r"/(aws|ssm)", re.IGNORECASE)


def _path(value: str) -> str:
    path = PurePosixPath(value)
    strange = not value.isprintable() or "\\" in value or value.startswith("~") or value.endswith("/")
    if not value or strange or path.is_absolute() or ".." in path.parts or not path.name or len(value) > _MAX_PATH:
        raise fault("DLV001", f"{value[:80]!r} is not a place for a file of ours", allowed=_PATH_RULE, fix="correct it")
    return str(path)


def _flag_name(value: Any) -> str:
    if not isinstance(value, str) or value not in FlagName.__members__:
        raise fault(
            "FLAG001",
            f"there is no flag {str(value)[:80]!r}",
            allowed=", ".join(FlagName),
            fix="correct the name, or remove it",
        )
    return FlagName(value).value


def _ordered(flags: dict[str, bool]) -> dict[str, bool]:
    return {name.value: flags[name] for name in FlagName if name in flags}


def _require_known(flags: dict[str, bool], cohort_only: tuple[str, ...]) -> None:
    if others := [name for name in cohort_only if name not in flags]:
        problem = f"cohortOnly names {', '.join(others)}, which is not among the flags"
        raise fault("FLAG001", problem, allowed=", ".join(flags), fix="add it to flags or take it out of cohortOnly")


def _port(value: str) -> str:
    found = re.match(r"^https?://[^/:]+:(\d+)", value)
    if found and not 1 <= int(found[1]) <= _MAX_PORT:
        raise fault("AWS002", f"{found[1]} is no port", allowed=f"1 to {_MAX_PORT}", fix="correct the address")
    return value


def _own_prefix(value: str) -> str:
    if _RESERVED_PREFIX.match(value):
        problem = f"{value!r} is AWS's own"
        raise fault("AWS002", problem, allowed="a prefix that begins with neither aws nor ssm", fix="choose another")
    return value


Path = Annotated[StrictStr, AfterValidator(_path)]
"""A file below the project's folder."""
Prefix = Annotated[StrictStr, StringConstraints(pattern=_PREFIX), AfterValidator(_own_prefix)]
"""The path below which the parameters stand."""
Region = Annotated[StrictStr, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+){1,2}-\d{1,2}$")]
Endpoint = Annotated[
    StrictStr,
    StringConstraints(pattern=r"^https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[\w./-]*)?$"),
    AfterValidator(_port),
]
"""An address without a login."""
ShortLabel = Annotated[StrictStr, StringConstraints(min_length=1, max_length=64, pattern=_LABEL)]
Label = Annotated[StrictStr, StringConstraints(min_length=1, max_length=128, pattern=_LABEL)]
KnownFlag = Annotated[str, BeforeValidator(_flag_name)]
"""The name of one of the seven flags."""
Flags = Annotated[dict[KnownFlag, StrictBool], Field(min_length=1), AfterValidator(_ordered)]
"""Each flag and whether it is on, in the order of the rollout."""
Cohort = Annotated[tuple[UserId, ...], AfterValidator(lambda users: tuple(sorted(set(users))))]
FlagNames = Annotated[
    tuple[KnownFlag, ...], AfterValidator(lambda given: tuple(name.value for name in FlagName if name in given))
]


class AwsSettings(Model):
    """Where AWS is asked. Whoever asks is known to AWS's own chain of credentials, never to us."""

    region: Region
    endpoint: Endpoint | None = None


class SsmDelivery(Model):
    """Parameters of the Systems Manager: one a flag, below the prefix."""

    prefix: Prefix


class AppConfigDelivery(Model):
    """A feature-flag profile of AppConfig. `strategy` is a deployment strategy's name or id."""

    application: ShortLabel
    environment: ShortLabel
    profile: Label
    strategy: Label = "AppConfig.AllAtOnce"


class DeliverySettings(Model):
    """Everywhere that the flags are told. What is left out is not told."""

    env_file: Path | None = None
    flagd: Path | None = None
    ssm: SsmDelivery | None = None
    app_config: AppConfigDelivery | None = None

    @property
    def needs_aws(self) -> bool:
        """Whether `aws` has to be in the stack file."""
        return self.ssm is not None or self.app_config is not None

    @model_validator(mode="after")
    def _apart(self) -> "DeliverySettings":
        if self.env_file is not None and self.env_file == self.flagd:
            problem = f"envFile and flagd are the same file ({self.flagd})"
            raise fault("DLV001", problem, allowed="a file for each", fix="give one of them another name")
        return self


class EnvFile(Model):
    """A file of NAME=true and NAME=false for the application's environment."""

    path: Path
    flags: Flags


class FlagdFile(Model):
    """A flag file for flagd. The flags of `cohortOnly`, if on, are on for the members and off for everybody else."""

    path: Path
    flags: Flags
    cohort_only: FlagNames = ()
    members: Cohort = ()

    @model_validator(mode="after")
    def _check(self) -> "FlagdFile":
        _require_known(self.flags, self.cohort_only)
        return self


class Parameters(Model):
    """The flags as parameters of AWS Systems Manager."""

    prefix: Prefix
    flags: Flags
    aws: AwsSettings


class FlagConfiguration(Model):
    """The flags as a feature-flag profile of AWS AppConfig, deployed to one environment."""

    application: ShortLabel
    environment: ShortLabel
    profile: Label
    strategy: Label = "AppConfig.AllAtOnce"
    flags: Flags
    cohort_only: FlagNames = ()
    aws: AwsSettings

    @model_validator(mode="after")
    def _check(self) -> "FlagConfiguration":
        _require_known(self.flags, self.cohort_only)
        return self
