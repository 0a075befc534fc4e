"""What a stack file says of the gates: figures of their criteria, attestations, and overrides with who and why."""

import difflib
import math
from collections.abc import Iterable
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, StringConstraints, WithJsonSchema

from infra.models.base import Model, fault
from infra.models.delivery import AwsSettings
from infra.models.moments import Moment, Span
from infra.models.words import said

FIRST_GATE: Final = 1
#: The last phase is left for no other, so that its gate opens nothing that could be overridden.
LAST_GATE: Final = 4
_MOST_SAMPLES: Final = 1_000_000
_THRESHOLD_RULE: Final = "a finite number, 0 and more"


class CriterionName(StrEnum):
    """The criteria of the gates, in the order of the phases that they let one leave."""

    PREFLIGHT_CLEAN = "preflight-clean"
    ROW_SECURITY_PROVEN = "row-security-proven"
    BACKUP_RESTORED = "backup-restored"
    API_LATENCY = "api-latency"
    DATABASE_LATENCY = "database-latency"
    STAGES_COMPLETED = "stages-completed"
    INTERNAL_API_LATENCY = "internal-api-latency"
    INTERNAL_DATABASE_LATENCY = "internal-database-latency"
    NO_CRITICAL_ERRORS = "no-critical-errors"
    CULTURAL_MESSAGING = "cultural-messaging"
    BETA_CREATORS = "beta-creators"
    BETA_COMPLETION = "beta-completion"
    ALIGNMENT_TREND = "alignment-trend"
    STAGE_TIME = "stage-time"
    WIDER_CREATORS = "wider-creators"
    WIDER_COMPLETION = "wider-completion"
    ALIGNMENT_AVERAGE = "alignment-average"
    SLA_API_LATENCY = "sla-api-latency"
    SLA_ERRORS = "sla-errors"
    SLA_UPTIME = "sla-uptime"
    PRODUCTION_UPTIME = "production-uptime"
    PRODUCTION_API_LATENCY = "production-api-latency"
    PRODUCTION_ERRORS = "production-errors"
    PRODUCTION_COMPLETION = "production-completion"
    PRODUCTION_ALIGNMENT = "production-alignment"
    SATISFACTION = "satisfaction"
    SECURITY_AUDITS = "security-audits"
    ECONOMIC_BASELINE = "economic-baseline"
    FEEDBACK = "feedback"
    COMMUNITY_ENGAGEMENT = "community-engagement"
    COLLABORATION = "collaboration"
    ACADEMY_MISSION = "academy-mission"


def _finite(value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 0:
        raise fault("GATE005", f"{str(value)[:40]!r} must be finite", allowed=_THRESHOLD_RULE, fix="write a number")
    return float(value)


def _samples(value: Any) -> int:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number or value != int(value) or not 1 <= value <= _MOST_SAMPLES:
        problem = f"{str(value)[:40]!r} is not a number of samples"
        raise fault("GATE005", problem, allowed=f"a whole number, 1 to {_MOST_SAMPLES}", fix="write a whole number")
    return int(value)


def _phase(value: Any) -> int:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or value not in range(FIRST_GATE, LAST_GATE + 2):
        problem = f"{str(value)[:40]} is not a phase"
        raise fault("CFG001", problem, allowed=f"{FIRST_GATE} to {LAST_GATE + 1}", fix="correct the phase")
    return int(value)


def _near(value: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(value, [str(name) for name in known], n=2, cutoff=0.4)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def _is_criterion(value: Any) -> bool:
    return isinstance(value, str) and value in set(CriterionName)


def _key(value: Any) -> Any:
    if not _is_criterion(value):
        text = str(value)[:60]
        problem = f"no gate has the criterion {text!r}{_near(text, CriterionName)}"
        raise fault("GATE005", problem, allowed=", ".join(CriterionName), fix="rename or remove the key")
    return value


def _criterion(value: Any) -> Any:
    if not _is_criterion(value):
        text = str(value)[:60]
        problem = f"no gate has the criterion {text!r}{_near(text, CriterionName)}"
        raise fault("GATE003", problem, allowed=", ".join(CriterionName), fix="name the criterion that is attested")
    return value


def _gate_or_criterion(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    whole = isinstance(value, int) and not isinstance(value, bool) and FIRST_GATE <= value <= LAST_GATE
    if not whole and not _is_criterion(value):
        text = str(value)[:60]
        allowed = f"{FIRST_GATE} to {LAST_GATE}, or one of {', '.join(CriterionName)}"
        problem = f"{text!r} is no gate and no criterion{_near(text, CriterionName)}"
        raise fault("GATE003", problem, allowed=allowed, fix="write the number of the phase that it lets one leave")
    return value


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not value.isprintable() or " " in value or "@" in value:
        # What stands before an @ may be a password: the address is not repeated.
        allowed = "http:// or https:// with a host, and no login"
        raise fault("GATE005", "it is not an address that can be asked", allowed=allowed, fix="correct the address")
    return value


Threshold = Annotated[float, BeforeValidator(_finite), WithJsonSchema({"type": "number"})]
Samples = Annotated[int, BeforeValidator(_samples), WithJsonSchema({"type": "integer"})]
Said = Annotated[str, BeforeValidator(partial(said, code="GATE003")), WithJsonSchema({"type": "string"})]
Address = Annotated[str, AfterValidator(_address)]
"""Where a health page answers. What answers with 2xx or 3xx is up."""
AwsText = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f]+$")]
Statistic = Annotated[
    str, StringConstraints(pattern=r"^(Average|Sum|Minimum|Maximum|SampleCount|p(100|\d{1,2}(\.\d{1,2})?))$")
]
#: Left out is as wrong as empty, and the same error.
_MUST_BE_SAID: Final[Any] = Field(default="", validate_default=True)
Criterion = Annotated[CriterionName, BeforeValidator(_criterion)]
GateOrCriterion = Annotated[StrictInt | CriterionName, BeforeValidator(_gate_or_criterion)]
"""The number of the phase that the gate lets one leave, or one criterion's name."""


class CloudWatchMetric(Model):
    """A metric of CloudWatch and the statistic of it that is compared, such as ``p95``."""

    namespace: AwsText
    metric: AwsText
    dimensions: dict[AwsText, AwsText] = Field(default_factory=dict, max_length=30)
    statistic: Statistic


class CriterionSettings(Model):
    """What a stack file says of one criterion. What is left out is as the guide has it."""

    threshold: Threshold | None = None
    window: Span | None = None
    min_samples: Samples | None = None
    url: Address | None = None
    cloudwatch: CloudWatchMetric | None = None


class Attestation(Model):
    """A person's word that a criterion is met: who, why, until when, and, if told, since when."""

    gate: Criterion
    by: Said = _MUST_BE_SAID
    why: Said = _MUST_BE_SAID
    until: Moment = _MUST_BE_SAID
    at: Moment | None = None


class Override(Model):
    """A person's decision to go on without a gate, or without one criterion of it: who, why and until when."""

    gate: GateOrCriterion
    by: Said = _MUST_BE_SAID
    why: Said = _MUST_BE_SAID
    until: Moment = _MUST_BE_SAID


Criteria = dict[Annotated[CriterionName, BeforeValidator(_key)], CriterionSettings]


class GateSettings(Model):
    """Everything that a stack file says of the gates; `access` is what row security is proven against."""

    criteria: Criteria = Field(default_factory=dict)
    attestations: tuple[Attestation, ...] = ()
    overrides: tuple[Override, ...] = ()
    aws: AwsSettings | None = None
    access: Literal["service", "legacy"] = "service"


class Gate(GateSettings):
    """The gate to a phase: what the phase opens depends on it. It is measured when the phase goes up."""

    phase: Annotated[int, BeforeValidator(_phase), WithJsonSchema({"type": "integer"})]
