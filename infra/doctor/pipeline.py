"""Where creators do not get through: completion, errors and alignment of each stage, against the guide's limits."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from infra.database.metrics_rollup import metrics_query
from infra.database.session import Row, Session
from infra.gates.reading import read_only
from infra.models.alarm import Limits
from infra.pipeline.names import STAGES
from infra.pipeline.thresholds import ALIGNMENT, COMPLETION, ERRORS
from infra.preflight.report import Check, Outcome, joined, judged

TOPIC: Final = "pipeline"
WINDOW: Final = timedelta(days=7)
#: A rate over fewer tells nothing.
LEAST_SAMPLES: Final = 20
_LINES: Final[tuple[tuple[str, str, str, Limits, str], ...]] = (
    (
        "completion by stage",
        "completion",
        "completions",
        COMPLETION,
        "see the sessions of that stage (success_metrics, error_logs) and the way through it; ask ux@eden.art",
    ),
    (
        "errors by stage",
        "errors",
        "sessions",
        ERRORS,
        "read pipeline_sessions.error_logs of that stage; `rollout watch` proposes a rollback above 10 %",
    ),
    (
        "alignment by stage",
        "alignment",
        "alignments",
        ALIGNMENT,
        "review how it is scored and how the messaging sounds; ask culture@eden.art",
    ),
)


def pipeline_checks(session: Session, now: datetime) -> Iterator[Check]:
    """Yield how the stages fare in the last seven days."""
    moments = {"start": now - WINDOW, "finish": now, "stages": list(STAGES)}
    with read_only(session):
        rows = session.query(metrics_query(session, "doctor_stages"), moments)
    yield from judge_stages(rows)


def judge_stages(rows: list[Row]) -> Iterator[Check]:
    """Yield a check for each of the three figures, with the stages that are worse than the guide allows."""
    for name, value, samples, limits, fix in _LINES:
        measured = [row for row in rows if row[samples] >= LEAST_SAMPLES and row[value] is not None]
        if not measured:
            why = f"no stage has {LEAST_SAMPLES} samples within {WINDOW.days} days"
            yield Check(TOPIC, name, Outcome.SKIPPED, why, str(limits.target))
            continue
        bad = [row for row in measured if limits.warning.holds(row[value])]
        worst = any(limits.critical.holds(row[value]) for row in bad)
        unit = limits.target.unit
        texts = [f"{row['stage']} {row[value]:.1f} {unit}" for row in bad]
        check = Check(TOPIC, name, Outcome.FAILED, joined(texts, f"{len(measured)} stages", 7), _wanted(limits), fix)
        yield judged(check, fine=not bad, otherwise=Outcome.FAILED if worst else Outcome.WARNED)


def _wanted(limits: Limits) -> str:
    return f"not {limits.warning}; {limits.critical} is critical"
