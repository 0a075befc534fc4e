"""What calls for an immediate rollback, as the guide has it, and when each of these numbers counts as recovered."""

from enum import StrEnum
from typing import Final

from pydantic import Field, model_validator

from infra.models.base import Model, fault
from infra.pipeline import thresholds


class TriggerName(StrEnum):
    """The numbers that are watched."""

    ERROR_RATE = "error-rate"
    DATABASE_P95 = "database-p95"
    DATABASE_SLOWDOWN = "database-slowdown"
    CONNECTIONS = "connections"
    ROW_SECURITY = "row-security"
    OPEN_GRANTS = "open-grants"
    CONSTRAINTS = "constraints"
    ORPHANS = "orphans"
    TABLES = "tables"


class Trigger(Model):
    """A number to watch: above `limit` the pipeline is to be turned off, up to `recovered` all is well."""

    name: TriggerName
    guide: str
    """The guide's words."""
    measures: str
    unit: str
    limit: float = Field(ge=0, allow_inf_nan=False)
    recovered: float = Field(ge=0, allow_inf_nan=False)
    min_samples: int = Field(default=1, ge=1)
    window_seconds: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> "Trigger":
        if self.recovered > self.limit:
            raise fault(
                "GATE005",
                f"{self.name} would be recovered while it calls for a rollback",
                allowed="recovered up to limit",
                fix="lower `recovered`",
            )
        return self


_ERRORS: Final = "Error rate >10%"
_DEGRADED: Final = "Database performance degradation"
_SECURITY: Final = "Critical security vulnerability"
_CORRUPTION: Final = "User data corruption"

#: How often the probe's query is asked for one measurement.
PROBES: Final = 20
#: What a baseline counts for at the least, in milliseconds: five times next to nothing is no slowdown.
LEAST_BASELINE_MILLISECONDS: Final = 20.0

#: Recovered is what the guide asks for before a deployment, or where it would warn.
TRIGGERS: Final = (
    Trigger(
        name=TriggerName.ERROR_RATE,
        guide=_ERRORS,
        measures="sessions with errors, of those begun in the last 15 minutes",
        unit="%",
        limit=10,
        recovered=thresholds.ERRORS.warning.threshold,
        min_samples=20,
        window_seconds=900,
    ),
    Trigger(
        name=TriggerName.DATABASE_P95,
        guide=_DEGRADED,
        measures="95th percentile of a creator's query",
        unit="ms",
        limit=500,
        recovered=thresholds.DATABASE_P95.threshold,
        min_samples=PROBES,
    ),
    Trigger(
        name=TriggerName.DATABASE_SLOWDOWN,
        guide=_DEGRADED,
        measures="the same percentile against the baseline",
        unit="times",
        limit=5,
        recovered=2,
        min_samples=PROBES,
    ),
    Trigger(
        name=TriggerName.CONNECTIONS,
        guide=_DEGRADED,
        measures="the server's places for connections that are taken",
        unit="%",
        limit=95,
        recovered=80,
    ),
    Trigger(
        name=TriggerName.ROW_SECURITY,
        guide=_SECURITY,
        measures="tables on which row security is off or not forced",
        unit="tables",
        limit=0,
        recovered=0,
    ),
    Trigger(
        name=TriggerName.OPEN_GRANTS,
        guide=_SECURITY,
        measures="relations granted to PUBLIC or anon",
        unit="relations",
        limit=0,
        recovered=0,
    ),
    Trigger(
        name=TriggerName.CONSTRAINTS,
        guide=_CORRUPTION,
        measures="constraints that do not hold for every row",
        unit="constraints",
        limit=0,
        recovered=0,
    ),
    Trigger(
        name=TriggerName.ORPHANS,
        guide=_CORRUPTION,
        measures="foreign keys with rows whose profile is gone",
        unit="keys",
        limit=0,
        recovered=0,
    ),
    Trigger(
        name=TriggerName.TABLES,
        guide=_CORRUPTION,
        measures="tables that are gone",
        unit="tables",
        limit=0,
        recovered=0,
    ),
)

_BY_NAME: Final = {trigger.name: trigger for trigger in TRIGGERS}


def trigger(name: TriggerName) -> Trigger:
    """Return the trigger of this name."""
    return _BY_NAME[name]
