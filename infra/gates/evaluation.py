"""A gate measured now: every criterion by its source, and by what persons have said of it."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from infra.aws.client import client
from infra.aws.cloudwatch import read_metric
from infra.database.failures import cancelled_error
from infra.database.session import Session
from infra.errors import RolloutError
from infra.gates.figures import Figures
from infra.gates.judging import judge
from infra.gates.persons import attested, describe, expired, holding, uncounted
from infra.gates.probes import probe_figures
from infra.gates.proofs import prove
from infra.gates.queries import ledger_figures, query_figures
from infra.gates.report import GateReport, Judgement, Outcome, Row
from infra.gates.settings import as_set
from infra.gates.urls import url_figures
from infra.models.access import Access
from infra.models.criterion import (
    AttestationSource,
    CloudWatchSource,
    Criterion,
    LedgerSource,
    ProbeSource,
    ProofSource,
    SqlSource,
    UrlSource,
)
from infra.models.gate import GateSettings
from infra.pipeline.gates import criteria

#: What leaves one criterion open: a query that failed, a lock that stayed, a source that does not answer.
_OF_ONE_CRITERION: Final = frozenset({"DB003", "DB004", "GATE004", "VER001", "AWS001", "AWS002"})
_SOURCES_OF_AWS: Final = frozenset({"AWS001", "AWS002"})


def evaluate(session: Session, gate: int, settings: GateSettings, now: datetime) -> GateReport:
    """Return the gate as it stands at this moment (UTC). Nothing is changed; what cannot be asked is inconclusive.

    Raises:
        RolloutError: DB001 when the connection is lost, PRV004 when the session was cancelled.
    """
    wanted = tuple(as_set(criterion, settings) for criterion in criteria(gate))
    override = holding(settings.overrides, gate, now)
    names = [criterion.name for criterion in wanted]
    return GateReport(
        gate=gate,
        at=now,
        rows=tuple(evaluate_criterion(session, criterion, settings, now) for criterion in wanted),
        notes=(*expired(settings, gate, names, now), *uncounted(settings, wanted)),
        overridden_by=describe(override) if override else "",
    )


def evaluate_criterion(session: Session, criterion: Criterion, settings: GateSettings, now: datetime) -> Row:
    """Return one criterion as it stands at this moment.

    Raises:
        RolloutError: as `evaluate` does.
    """
    found = _overridden(_judge(session, criterion, settings, now), criterion, settings, now)
    return Row(
        criterion=criterion.name.value,
        title=criterion.title,
        outcome=found.outcome,
        target=str(criterion.success),
        unit=criterion.success.unit,
        why=found.why,
        values=found.values,
        samples=found.samples,
        source=criterion.source.kind,
        severity=criterion.severity,
    )


def _overridden(found: Judgement, criterion: Criterion, settings: GateSettings, now: datetime) -> Judgement:
    override = holding(settings.overrides, criterion.name, now)
    if override is None or found.outcome.opens:
        return found
    why = f"by {describe(override)} ({found.outcome}: {found.why})"
    return replace(found, outcome=Outcome.OVERRIDDEN, why=why)


def _judge(session: Session, criterion: Criterion, settings: GateSettings, now: datetime) -> Judgement:
    if isinstance(criterion.source, AttestationSource):
        return attested(criterion, settings, now)
    try:
        return judge(criterion, _figures(session, criterion, settings, now))
    except RolloutError as error:
        if session.cancelled.is_set():
            raise cancelled_error() from None
        if error.code not in _OF_ONE_CRITERION:
            raise
        return Judgement(Outcome.INCONCLUSIVE, _said(error))


def _said(error: RolloutError) -> str:
    code = "GATE004" if error.code in _SOURCES_OF_AWS else error.code
    fix = f" ({error.fix})" if error.fix and code == "GATE004" else ""
    return f"{code} {error.path}: {error.problem}{fix}"


def _figures(session: Session, criterion: Criterion, settings: GateSettings, now: datetime) -> Figures:
    match criterion.source:
        case SqlSource() as source:
            return query_figures(session, criterion, source, now)
        case ProofSource(proof=proof):
            return prove(session, proof, Access(settings.access))
        case ProbeSource(runs=runs):
            return probe_figures(session, max(runs, criterion.min_samples))
        case LedgerSource() as source:
            return ledger_figures(session, criterion, source, now)
        case UrlSource() as source:
            return url_figures(source, session.cancelled)
        case CloudWatchSource() as source:
            return _metric_figures(criterion, source, settings, now)
        case AttestationSource():
            raise AssertionError(criterion.name)  # a word has no figures


def _metric_figures(criterion: Criterion, source: CloudWatchSource, settings: GateSettings, now: datetime) -> Figures:
    if settings.aws is None:
        raise RolloutError("GATE004", "aws", "nobody says where AWS is asked", fix="add `aws` with a region")
    parts = criterion.consecutive
    asked = client("cloudwatch", settings.aws)
    found = read_metric(asked, source.metric, now - criterion.window, now, parts)
    missing = max(0, parts - len({period.part for period in found})) if found else 0
    return Figures(
        values=(*(period.value for period in found), *([None] * missing)),
        samples=int(sum(period.samples for period in found)),
        detail=f"{source.metric.statistic} of {source.metric.namespace}/{source.metric.metric}",
    )
