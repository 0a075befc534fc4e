"""What a stack file says of the metrics' table: whether it stands by month, and how long its months are kept."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StrictBool, StrictInt, model_validator

from infra.models.base import Model, fault

#: Months ahead: as pg_partman has it, and the most that anybody would plan for.
AHEAD: Final = 3
MOST_AHEAD: Final = 24
_LEAST_KEPT: Final = 2
_MOST_KEPT: Final = 1200

Ahead = Annotated[StrictInt, Field(ge=1, le=MOST_AHEAD)]
KeepMonths = Annotated[StrictInt, Field(ge=_LEAST_KEPT, le=_MOST_KEPT)]


class Expired(StrEnum):
    """What becomes of a month that is no longer kept."""

    ARCHIVE = "archive"
    DROP = "drop"


class MetricsSettings(Model):
    """The key `metrics`. Without `keepMonths` every month is kept."""

    partitioned: StrictBool = False
    ahead: Ahead = AHEAD
    keep_months: KeepMonths | None = None
    expired: Expired = Expired.ARCHIVE

    @model_validator(mode="after")
    def _fits(self) -> "MetricsSettings":
        if not self.partitioned and (stray := sorted(self.model_fields_set & {"ahead", "keep_months", "expired"})):
            problem = f"{stray[0]} is said of months, and the table is not divided into any"
            raise fault("CFG002", problem, allowed="partitioned: true beside it", fix="say `partitioned: true`")
        if self.expired is Expired.DROP and self.keep_months is None:
            problem = "expired: drop, and every month is kept"
            raise fault("CFG002", problem, allowed="keepMonths beside it", fix="say keepMonths, or remove `expired`")
        return self
