"""What a stack file says of backups: where they are kept, how they are encrypted there, and which of them go."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StrictInt, StrictStr, StringConstraints, model_validator

from infra.models.base import Model, fault

S3: Final = "s3://"
_RULE: Final = "a folder, or s3://BUCKET/PREFIX"
#: AWS's rule for the names of buckets, and what needs no quoting in a key.
_BUCKET: Final = re.compile(r"(?!xn--)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX: Final = re.compile(r"(/[A-Za-z0-9_.=-]{1,100}){0,8}/?")
#: A key of KMS by its id, its alias, or the ARN of either.
_KEY: Final = r"^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:)?((key/)?(mrk-)?[0-9a-f-]{32,36}|alias/[A-Za-z0-9/_-]{1,250})$"
_MOST: Final = 10_000


def _place(value: str) -> str:
    bucket, slash, prefix = value.removeprefix(S3).partition("/")
    in_s3 = value.startswith(S3)
    if in_s3 and not (_BUCKET.fullmatch(bucket) and _PREFIX.fullmatch(slash + prefix)):
        raise fault("BAK003", f"{value[:80]!r} is no place in S3", allowed=_RULE, fix="correct it")
    if not in_s3 and ("://" in value or value.startswith("~") or not value.isprintable()):
        raise fault("BAK003", f"{value[:80]!r} is no place for backups", allowed=_RULE, fix="correct it")
    return value.rstrip("/") or value


Place = Annotated[StrictStr, StringConstraints(min_length=1, max_length=400), AfterValidator(_place)]
"""A folder, or a bucket of S3 with a prefix."""
KmsKey = Annotated[StrictStr, StringConstraints(pattern=_KEY)]
Number = Annotated[StrictInt, Field(ge=1, le=_MOST)]


class BackupSettings(Model):
    """The key `backups`. Where neither `keep` nor `keepDays` is said, none is ever deleted.

    With `keep` the newest so many stay, with `keepDays` those of so many days; with both whatever either keeps.
    """

    target: Place | None = None
    kms_key: KmsKey | None = None
    keep: Number | None = None
    keep_days: Number | None = None

    @property
    def needs_aws(self) -> bool:
        """Whether `aws` has to be in the stack file."""
        return is_in_s3(self.target or "")

    @property
    def tidies(self) -> bool:
        """Whether any is ever deleted."""
        return self.keep is not None or self.keep_days is not None

    @model_validator(mode="after")
    def _key_of_a_bucket(self) -> "BackupSettings":
        if self.kms_key is not None and not self.needs_aws:
            problem = "kmsKey is for backups in S3, and the target is none"
            raise fault("BAK003", problem, allowed="a target such as s3://BUCKET/PREFIX", fix="remove it")
        return self


def is_in_s3(place: str) -> bool:
    """Whether a place of backups is a bucket."""
    return place.startswith(S3)


def split_place(place: str) -> tuple[str, str]:
    """Return bucket and prefix of a place in S3; the prefix ends with a slash unless it is empty."""
    bucket, _, prefix = place.removeprefix(S3).partition("/")
    return bucket, f"{prefix.rstrip('/')}/" if prefix else ""
