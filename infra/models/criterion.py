"""What one criterion of a gate is: where its figure comes from, what is enough of it, and what the figure must be."""

import operator
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from infra.models.base import Model, fault
from infra.models.gate import Address, CloudWatchMetric, CriterionName, Samples, Threshold
from infra.models.moments import Span


class Comparison(StrEnum):
    """How a figure stands to its threshold."""

    ABOVE = ">"
    AT_LEAST = "≥"
    BELOW = "<"
    AT_MOST = "≤"


_COMPARE: Final[dict[Comparison, Callable[[float, float], bool]]] = {
    Comparison.ABOVE: operator.gt,
    Comparison.AT_LEAST: operator.ge,
    Comparison.BELOW: operator.lt,
    Comparison.AT_MOST: operator.le,
}
_UPWARD: Final = frozenset({Comparison.ABOVE, Comparison.AT_LEAST})
_PERCENT: Final = 100
#: From here on decimals tell nothing.
_WHOLE: Final = 100_000


def write_figure(value: float, unit: str) -> str:
    """Return a figure with its unit, such as ``85 %``, with six digits, so that 99.8999 is told from 99.9."""
    text = f"{value:.6g}" if abs(value) < _WHOLE else f"{value:.0f}"
    return f"{text} {unit}".rstrip()


class Condition(Model):
    """A comparison with a finite threshold, such as below 200 ms."""

    comparison: Comparison
    threshold: Threshold
    unit: str = ""

    def holds(self, value: float) -> bool:
        """Whether a finite figure is as the condition says."""
        return _COMPARE[self.comparison](value, self.threshold)

    def __str__(self) -> str:
        return f"{self.comparison.value} {write_figure(self.threshold, self.unit)}"


class Measure(StrEnum):
    """What is measured in the database: each is a query of `sql/catalog` of that name."""

    STAGES_COMPLETED = "stages"
    BETA_CREATORS = "creators"
    COMPLETION = "completion"
    ALIGNMENT = "alignment"
    ERRORS = "errors"
    STAGE_TIME = "stage_time"


class Proof(StrEnum):
    """What is shown by the catalog and by trying, rather than counted."""

    PREFLIGHT = "preflight"
    ROW_SECURITY = "row-security"


class Reading(StrEnum):
    """What is taken from a URL's answers."""

    LATENCY = "p95 in ms"
    UPTIME = "share in %"


class SqlSource(Model):
    """A query on the pipeline's tables."""

    kind: Literal["sql"] = "sql"
    measure: Measure


class ProofSource(Model):
    """A proof; its figure is the number of findings."""

    kind: Literal["proof"] = "proof"
    proof: Proof


class ProbeSource(Model):
    """The pipeline's own read queries, run so many times each; the figure is the server's p95 in ms."""

    kind: Literal["probe"] = "probe"
    runs: Samples


class LedgerSource(Model):
    """The ledger's newest event of this kind, whose details must say that this key is true."""

    kind: Literal["ledger"] = "ledger"
    event: str
    proven_by: str


class UrlSource(Model):
    """A URL that is asked so many times, one after the other."""

    kind: Literal["url"] = "url"
    url: Address
    probes: Samples
    reading: Reading


class CloudWatchSource(Model):
    """A metric of CloudWatch."""

    kind: Literal["cloudwatch"] = "cloudwatch"
    metric: CloudWatchMetric


class AttestationSource(Model):
    """A person's word. With a `reading`, a URL or a metric of CloudWatch from the stack file comes before it."""

    kind: Literal["attestation"] = "attestation"
    reading: Reading | None = None


Source = Annotated[
    SqlSource | ProofSource | ProbeSource | LedgerSource | UrlSource | CloudWatchSource | AttestationSource,
    Field(discriminator="kind"),
]


class Baseline(StrEnum):
    """What the figure is compared with before it is compared with the threshold."""

    NONE = "none"
    EARLIER_PHASE = "earlier phase"
    """The figure is how many per cent more it is than in the phase before: the threshold is the tolerance."""
    TREND = "trend"
    """The figure is its slope over the window, a day."""


class Severity(StrEnum):
    """Whether the gate stays shut without it."""

    BLOCKING = "blocking"
    WARNING = "warning"


class Criterion(Model):
    """One thing that must be so before a phase is left. No data is never enough: it is inconclusive.

    `success` holds when it is met. Without `failure` everything else has failed; with it, what lies between the two
    is inconclusive. Each of `consecutive` equal parts of the window must succeed. `asks_as` names the criterion whose
    URL or metric is asked when the stack file names none for this one.
    """

    name: CriterionName
    title: str
    gate: Annotated[int, Field(ge=1, le=5)]
    source: Source
    window: Span
    min_samples: Samples = 1
    success: Condition
    failure: Condition | None = None
    consecutive: Annotated[int, Field(ge=1, le=24)] = 1
    baseline: Baseline = Baseline.NONE
    severity: Severity = Severity.BLOCKING
    asks_as: CriterionName | None = None

    @model_validator(mode="after")
    def _check(self) -> "Criterion":
        if self.success.unit == "%" and self.baseline is Baseline.NONE and self.success.threshold > _PERCENT:
            problem = f"{self.success.threshold} % is never reached"
            raise fault("GATE005", problem, allowed="0 to 100 %", fix="write a share in per cent")
        if self.baseline is not Baseline.NONE and not isinstance(self.source, SqlSource):
            allowed = "a source in the database"
            raise fault("GATE005", "only a query has a baseline or a trend", allowed=allowed, fix="remove the baseline")
        if self.failure is not None and self._overlaps(self.failure):
            problem = f"a figure may be both {self.success} and {self.failure}"
            raise fault("GATE005", problem, allowed="conditions that exclude each other", fix="correct one of the two")
        return self

    def _overlaps(self, failure: Condition) -> bool:
        """Whether success and failure look the same way, or meet."""
        upward = self.success.comparison in _UPWARD
        if upward == (failure.comparison in _UPWARD):
            return True
        low, high = (failure, self.success) if upward else (self.success, failure)
        touching = {Comparison.AT_LEAST, Comparison.AT_MOST} >= {low.comparison, high.comparison}
        return low.threshold > high.threshold or (touching and low.threshold == high.threshold)

    def with_threshold(self, threshold: float) -> "Criterion":
        """Return the criterion with another threshold; a failure condition that it has passed goes.

        Raises:
            pydantic.ValidationError: The threshold can never be reached.
        """
        success = self.success.model_copy(update={"threshold": threshold})
        changed = self.model_copy(update={"success": success})
        failure = None if self.failure is None or changed._overlaps(self.failure) else self.failure  # noqa: SLF001 - a copy of itself
        return Criterion.model_validate(changed.model_copy(update={"failure": failure}).model_dump())
