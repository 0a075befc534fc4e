"""The criteria of the five gates, as the deployment guide has them; a gate has the number of the phase that it closes.

Where the guide names a threshold for an alert, what lies between it and the target is neither passed nor failed.
"""

import datetime as dt
from typing import Final

from infra.models.criterion import (
    AttestationSource,
    Baseline,
    Comparison,
    Condition,
    Criterion,
    LedgerSource,
    Measure,
    ProbeSource,
    Proof,
    ProofSource,
    Reading,
    Source,
    SqlSource,
)
from infra.models.gate import CriterionName as Name
from infra.pipeline.names import STAGES
from infra.pipeline.thresholds import ALIGNMENT, API_P95, COMPLETION, DATABASE_P95, ERRORS

_NOW: Final = dt.timedelta(minutes=5)
_DAY: Final = dt.timedelta(days=1)
_WEEK: Final = dt.timedelta(days=7)
_MONTH: Final = dt.timedelta(days=30)
#: How often each of the read queries is run, and a URL is asked: the 95th percentile needs twenty.
RUNS: Final = 20


def _above(threshold: float, unit: str) -> Condition:
    return Condition(comparison=Comparison.ABOVE, threshold=threshold, unit=unit)


def _at_least(threshold: float, unit: str) -> Condition:
    return Condition(comparison=Comparison.AT_LEAST, threshold=threshold, unit=unit)


def _at_most(threshold: float, unit: str) -> Condition:
    return Condition(comparison=Comparison.AT_MOST, threshold=threshold, unit=unit)


def _proof(name: Name, title: str, proof: Proof) -> Criterion:
    source = ProofSource(proof=proof)
    return Criterion(name=name, title=title, gate=1, source=source, window=_NOW, success=_at_most(0, "findings"))


def _api_latency(name: Name, gate: int) -> Criterion:
    return Criterion(
        name=name,
        title="API p95",
        gate=gate,
        source=AttestationSource(reading=Reading.LATENCY),
        window=_DAY,
        min_samples=RUNS,
        success=API_P95.target,
        failure=API_P95.warning,
        asks_as=Name.API_LATENCY,
    )


def _database_latency(name: Name, gate: int) -> Criterion:
    return Criterion(
        name=name,
        title="database p95",
        gate=gate,
        source=ProbeSource(runs=RUNS),
        window=_NOW,
        min_samples=RUNS,
        success=DATABASE_P95,
    )


def _uptime(name: Name, gate: int) -> Criterion:
    return Criterion(
        name=name,
        title="uptime",
        gate=gate,
        source=AttestationSource(reading=Reading.UPTIME),
        window=_WEEK,
        min_samples=RUNS,
        success=_at_least(99.9, "%"),
        consecutive=_WEEK.days,
        asks_as=Name.SLA_UPTIME,
    )


def _errors(name: Name, gate: int, title: str, min_samples: int) -> Criterion:
    return Criterion(
        name=name,
        title=title,
        gate=gate,
        source=SqlSource(measure=Measure.ERRORS),
        window=_WEEK,
        min_samples=min_samples,
        success=ERRORS.target,
        failure=ERRORS.warning,
    )


def _completion(name: Name, gate: int, success: Condition, min_samples: int) -> Criterion:
    return Criterion(
        name=name,
        title="completion",
        gate=gate,
        source=SqlSource(measure=Measure.COMPLETION),
        window=_WEEK,
        min_samples=min_samples,
        success=success,
        failure=COMPLETION.warning,
    )


def _alignment(name: Name, gate: int, success: Condition, min_samples: int) -> Criterion:
    return Criterion(
        name=name,
        title="cultural alignment, average",
        gate=gate,
        source=SqlSource(measure=Measure.ALIGNMENT),
        window=_WEEK,
        min_samples=min_samples,
        success=success,
        failure=ALIGNMENT.warning,
    )


def _creators(name: Name, gate: int, number: int) -> Criterion:
    source = SqlSource(measure=Measure.BETA_CREATORS)
    success = _at_least(number, "creators")
    return Criterion(name=name, title="beta creators in", gate=gate, source=source, window=_NOW, success=success)


def _word(name: Name, gate: int, title: str, success: Condition) -> Criterion:
    source: Source = AttestationSource()
    return Criterion(name=name, title=title, gate=gate, source=source, window=_MONTH, success=success)


_INFRASTRUCTURE: Final = (
    _proof(Name.PREFLIGHT_CLEAN, "preflight clean", Proof.PREFLIGHT),
    _proof(Name.ROW_SECURITY_PROVEN, "row security proven", Proof.ROW_SECURITY),
    Criterion(
        name=Name.BACKUP_RESTORED,
        title="backup restored and checked",
        gate=1,
        source=LedgerSource(event="backup", proven_by="verified"),
        window=_DAY,
        success=_at_least(1, "backups"),
    ),
    _api_latency(Name.API_LATENCY, 1),
    _database_latency(Name.DATABASE_LATENCY, 1),
)
_INTERNAL: Final = (
    Criterion(
        name=Name.STAGES_COMPLETED,
        title="stages completed by test users",
        gate=2,
        source=SqlSource(measure=Measure.STAGES_COMPLETED),
        window=_MONTH,
        min_samples=len(STAGES),
        success=_at_least(len(STAGES), "stages"),
    ),
    _api_latency(Name.INTERNAL_API_LATENCY, 2),
    _database_latency(Name.INTERNAL_DATABASE_LATENCY, 2),
    _errors(Name.NO_CRITICAL_ERRORS, 2, "no critical error", len(STAGES)),
    _word(Name.CULTURAL_MESSAGING, 2, "cultural messaging displays correctly", _at_least(1, "sign-offs")),
)
_LIMITED_BETA: Final = (
    _creators(Name.BETA_CREATORS, 3, 25),
    _completion(Name.BETA_COMPLETION, 3, _above(85, "%"), 30),
    Criterion(
        name=Name.ALIGNMENT_TREND,
        title="cultural alignment trending up",
        gate=3,
        source=SqlSource(measure=Measure.ALIGNMENT),
        window=_WEEK,
        min_samples=30,
        success=_above(0, "points a day"),
        baseline=Baseline.TREND,
    ),
    Criterion(
        name=Name.STAGE_TIME,
        title="stage time, p95, against phase 2",
        gate=3,
        source=SqlSource(measure=Measure.STAGE_TIME),
        window=_WEEK,
        min_samples=20,
        success=_at_most(10, "% slower"),
        baseline=Baseline.EARLIER_PHASE,
    ),
)
_WIDER_BETA: Final = (
    _creators(Name.WIDER_CREATORS, 4, 100),
    _completion(Name.WIDER_COMPLETION, 4, COMPLETION.target, 100),
    _alignment(Name.ALIGNMENT_AVERAGE, 4, ALIGNMENT.target, 100),
    _api_latency(Name.SLA_API_LATENCY, 4),
    _errors(Name.SLA_ERRORS, 4, "error rate", 100),
    _uptime(Name.SLA_UPTIME, 4),
)
#: The success criteria of the rollout: they are tracked, and there is no phase that they open.
_PRODUCTION: Final = (
    _uptime(Name.PRODUCTION_UPTIME, 5),
    _api_latency(Name.PRODUCTION_API_LATENCY, 5),
    _errors(Name.PRODUCTION_ERRORS, 5, "error rate", 100),
    _completion(Name.PRODUCTION_COMPLETION, 5, COMPLETION.target, 100),
    _alignment(Name.PRODUCTION_ALIGNMENT, 5, _above(75, "points"), 100),
    _word(Name.SATISFACTION, 5, "user satisfaction", _above(90, "%")),
    *(
        _word(name, 5, title, _at_least(1, "sign-offs"))
        for name, title in (
            (Name.SECURITY_AUDITS, "security audits passed"),
            (Name.ECONOMIC_BASELINE, "economic projections meet the baseline"),
            (Name.FEEDBACK, "feedback positive and supportive"),
            (Name.COMMUNITY_ENGAGEMENT, "community engagement increases"),
            (Name.COLLABORATION, "satisfaction with AI collaboration improves"),
            (Name.ACADEMY_MISSION, "academy mission alignment maintained"),
        )
    ),
)
CRITERIA: Final = (*_INFRASTRUCTURE, *_INTERNAL, *_LIMITED_BETA, *_WIDER_BETA, *_PRODUCTION)


def criteria(gate: int) -> tuple[Criterion, ...]:
    """Return the criteria of the gate that lets one leave this phase."""
    return tuple(criterion for criterion in CRITERIA if criterion.gate == gate)


def criterion(name: Name) -> Criterion:
    """Return the criterion of this name."""
    return next(found for found in CRITERIA if found.name is name)
