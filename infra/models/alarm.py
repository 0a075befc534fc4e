"""What is measured of a running pipeline and what is wrong with it: metrics, the guide's limits, and alarms on them."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from infra.models.base import Model
from infra.models.criterion import Comparison, Condition
from infra.models.moments import Span

#: What counts minutes: a metric is published, and an alarm evaluated, once in each.
PERIOD_SECONDS: Final = 60


class Unit(StrEnum):
    """What a metric is counted in."""

    COUNT = ""
    PERCENT = "%"
    POINTS = "points"
    MILLISECONDS = "ms"
    SECONDS = "s"
    DOLLARS = "usd"

    @property
    def suffix(self) -> str:
        """How it ends a metric's name in Prometheus."""
        return {Unit.PERCENT: "_percent", Unit.MILLISECONDS: "_milliseconds", Unit.SECONDS: "_seconds"}.get(
            self, f"_{self.value}" if self.value else ""
        )

    @property
    def cloudwatch(self) -> str:
        """What CloudWatch calls it."""
        named = {Unit.COUNT: "Count", Unit.PERCENT: "Percent", Unit.MILLISECONDS: "Milliseconds"}
        return named.get(self, "Seconds" if self is Unit.SECONDS else "None")

    @property
    def grafana(self) -> str:
        """What Grafana calls it."""
        named = {Unit.PERCENT: "percent", Unit.MILLISECONDS: "ms", Unit.SECONDS: "s", Unit.DOLLARS: "currencyUSD"}
        return named.get(self, "short")


class Label(StrEnum):
    """What splits a metric into several."""

    STAGE = "stage"
    BAND = "band"
    MODEL = "model"
    FLAG = "flag"
    KIND = "kind"
    CRITERION = "criterion"
    GROUP = "group"


class Board(StrEnum):
    """The guide's dashboards."""

    HEALTH = "pipeline-health"
    ALIGNMENT = "cultural-alignment"
    ECONOMICS = "economic-validation"


class MetricName(StrEnum):
    """Everything that is measured."""

    UP = "up"
    PHASE = "phase"
    LATCHED = "latched"
    FLAG = "flag"
    COHORT_MEMBERS = "cohort_members"
    CREATORS = "creators"
    CONVERSION = "onboarding_conversion"
    STAGE_STARTS = "stage_starts"
    COMPLETION = "stage_completion"
    COMPLETION_BY_STAGE = "stage_completion_by_stage"
    STAGE_P95 = "stage_time_p95"
    STAGE_P95_BY_STAGE = "stage_time_p95_by_stage"
    PIPELINE_TIME = "completion_time"
    ERRORS = "error_rate"
    ERRORS_BY_STAGE = "error_rate_by_stage"
    API_P95 = "api_p95"
    API_UPTIME = "api_uptime"
    DATABASE_P95 = "database_p95"
    CONNECTIONS = "connections"
    ALIGNMENT = "alignment_average"
    ALIGNMENT_BY_STAGE = "alignment_by_stage"
    ALIGNMENT_BAND = "alignment_distribution"
    READINESS = "readiness_average"
    REVENUE = "projected_monthly_revenue"
    REVENUE_MODELS = "revenue_models"
    VALIDATION = "economic_validation"
    VALIDATION_RATE = "economic_validation_success"
    BACKUP_AGE = "backup_age"
    RESTORE_AGE = "restore_check_age"
    CRITERION = "gate_criterion"
    CRITERION_PASSED = "gate_criterion_passed"
    UNUSABLE = "unusable_values"
    UNPROTECTED = "unprotected_tables"
    OPEN_GRANTS = "open_grants"
    UNCHECKED = "unchecked_constraints"
    MISSING_TABLES = "missing_tables"
    SAMPLE_AGE = "sample_age"
    LOAD = "monitor_load"
    ROLLUP_BEHIND = "rollup_behind"


class Metric(Model):
    """One figure. `window` is what it is taken over; with fewer than `min_samples` in it there is no figure."""

    name: MetricName
    title: str
    unit: Unit = Unit.COUNT
    window: Span | None = None
    min_samples: Annotated[int, Field(ge=1)] = 1
    label: Label | None = None
    board: Board | None = None
    published: bool = True
    """Whether CloudWatch is told; each series costs there."""

    @property
    def prometheus(self) -> str:
        """The name in Prometheus, such as ``pipeline_error_rate_percent``."""
        return f"pipeline_{self.name}{self.unit.suffix}"

    @property
    def cloudwatch(self) -> str:
        """The name in CloudWatch, such as ``ErrorRate``."""
        return "".join(part.capitalize() for part in self.name.split("_"))


class Missing(StrEnum):
    """What an alarm makes of minutes without a figure, in CloudWatch's words."""

    MISSING = "missing"
    """Neither an alarm nor an all-clear."""
    IGNORE = "ignore"
    """The alarm stays as it is."""
    BREACHING = "breaching"
    """Silence is the alarm."""


class AlarmSeverity(StrEnum):
    """Who is called, and for what."""

    WARNING = "warning"
    CRITICAL = "critical"
    ROLLBACK = "rollback"
    """The guide's triggers: the pipeline is to be turned off at once."""


class AlarmRule(Model):
    """An alarm: the condition must hold for so many minutes in a row."""

    name: str
    metric: MetricName
    severity: AlarmSeverity
    condition: Condition
    minutes: Annotated[int, Field(ge=1, le=60)]
    missing: Missing
    guide: str = ""
    """The guide's words; nothing for an alarm of our own."""
    action: str
    """What whoever is called does first."""

    def with_threshold(self, threshold: float) -> "AlarmRule":
        """Return the alarm with another threshold."""
        condition = self.condition.model_copy(update={"threshold": threshold})
        return self.model_copy(update={"condition": condition})

    @property
    def upward(self) -> bool:
        """Whether more is worse."""
        return self.condition.comparison in {Comparison.ABOVE, Comparison.AT_LEAST}


class Limits(Model):
    """The guide's limits of one figure: what is asked for, and what somebody is called for."""

    target: Condition
    warning: Condition
    critical: Condition
