"""Who may do what to the pipeline, declared once: grants, policies, their proof and docs come from these rules."""

from collections.abc import Iterator
from typing import Final

from infra.models.access import Access, Operation, Rows, Rule
from infra.models.table import Table
from infra.pipeline.functions import CREATOR_PIPELINE_STATUS
from infra.pipeline.names import CREATOR, MONITOR, OWNER, SERVICES
from infra.pipeline.tables import CREATOR_TABLES, TABLES
from infra.pipeline.tables.creator_profiles import CREATOR_PROFILES
from infra.pipeline.tables.pipeline_metrics import PIPELINE_METRICS
from infra.pipeline.views import OVERVIEW

#: Columns of their own profile that creators fill in at sign-up.
SIGN_UP_COLUMNS: Final = (
    "user_id",
    "creative_role",
    "onboarding_stage",
    "cultural_alignment",
    "readiness_score",
    "ai_experience_level",
    "community_interest",
    "preferred_learning_style",
    "referral_source",
    "cultural_motivation",
)
#: Columns of their own profile that creators may change; the trigger overrules what is sent for `updated_at`.
ANSWER_COLUMNS: Final = (
    "creative_role",
    "ai_experience_level",
    "community_interest",
    "preferred_learning_style",
    "referral_source",
    "cultural_motivation",
    "collaboration_experience",
    "updated_at",
)
#: What today's application also writes with the creator's own session.
LEGACY_UPDATES: Final[dict[str, tuple[str, ...]]] = {
    "creator_profiles": ("onboarding_stage", "cultural_alignment", "readiness_score"),
    "pipeline_sessions": ("completed_at", "feedback", "updated_at"),
}
LEGACY_INSERTS: Final[dict[str, tuple[str, ...]]] = {
    "pipeline_sessions": ("creator_profile_id", "stage", "started_at", "feedback", "next_steps"),
    "assessment_scores": (
        "creator_profile_id",
        "dimension",
        "score",
        "max_score",
        "evidence",
        "assessor_type",
        "growth_potential",
        "collaboration_readiness",
    ),
    "agent_potential_mappings": (
        "creator_profile_id",
        "agent_role",
        "confidence",
        "cultural_fit",
        "reasoning",
        "training_path_suggestion",
        "expected_growth_areas",
    ),
    "pipeline_metrics": (
        "creator_profile_id",
        "metric_type",
        "metric_name",
        "metric_value",
        "metric_unit",
        "stage",
        "recorded_at",
        "metadata",
    ),
}
#: What the service may do besides select, insert and update.
SERVICE_DELETES: Final = frozenset({"creator_economics", "creator_feature_flags"})
#: What monitoring reads: numbers and stages, none of the creators' words. The overview needs the first six columns.
MONITOR_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "creator_profiles": (
        "id",
        "user_id",
        "creative_role",
        "onboarding_stage",
        "cultural_alignment",
        "readiness_score",
        "created_at",
        "updated_at",
        "last_activity_at",
    ),
    "assessment_scores": ("creator_profile_id", "score", "assessed_at"),
    "pipeline_sessions": (
        "id",
        "creator_profile_id",
        "stage",
        "started_at",
        "completed_at",
        "processing_time_ms",
        "error_logs",
    ),
    "agent_potential_mappings": ("creator_profile_id", "agent_role", "confidence"),
    "creator_economics": ("revenue_model", "projected_monthly_revenue", "economic_validation_score", "created_at"),
    "pipeline_metrics": (
        "id",
        "creator_profile_id",
        "metric_type",
        "metric_name",
        "metric_value",
        "metric_unit",
        "stage",
        "recorded_at",
    ),
}

_WRITES: Final = (Operation.INSERT, Operation.UPDATE)
_OWN_READ: Final = "creators read whatever is kept about them"
_OWN_WRITE: Final = "access: legacy: today's application writes results with the creator's own session"
_SERVICE: Final = "the service writes every creator's results; its grants bound what it may do"
_MONITOR: Final = "monitoring counts over all creators; its grants leave out what they wrote"
_OWNER: Final = "the activity trigger runs as the owner, whom forced row security binds too"
_ROLLUP: Final = "the rollup of the metrics is computed as the owner, whom forced row security binds too"
_INVOKER: Final = "the view shows what the tables show to whoever reads it"
_STATUS: Final = "it runs with the caller's rights: of a profile that the caller may not see it says nothing"


def pipeline_rules(access: Access) -> tuple[Rule, ...]:
    """Return what is allowed on the seven tables, the overview and the status function."""
    return (
        *_of_profiles(access),
        *(rule for table in CREATOR_TABLES for rule in _of_creators(table, access)),
        *(rule for table in TABLES for rule in _of_staff(table)),
        _every(OWNER, PIPELINE_METRICS.identity, Operation.SELECT, _ROLLUP, policy="owner_select"),
        *_of_readers(),
    )


def _of_profiles(access: Access) -> Iterator[Rule]:
    on = CREATOR_PROFILES.identity
    changed = (*ANSWER_COLUMNS, *(LEGACY_UPDATES[CREATOR_PROFILES.name] if access is Access.LEGACY else ()))
    yield _own(on, Operation.SELECT, _OWN_READ)
    yield Rule(
        role=CREATOR,
        on=on,
        operation=Operation.INSERT,
        rows=Rows.NEW,
        columns=SIGN_UP_COLUMNS,
        policy="creator_insert",
        at_sign_up=True,
        reason="sign-up: one's own profile, with no results in it, while the phase lets one in",
    )
    yield _own(on, Operation.UPDATE, "creators change their answers, and nothing that is said of them", changed)
    for operation in (Operation.SELECT, *_WRITES, Operation.DELETE):
        yield _every(OWNER, on, operation, _OWNER, policy="owner_all")


def _of_creators(table: Table, access: Access) -> Iterator[Rule]:
    yield _own(table.identity, Operation.SELECT, _OWN_READ)
    if access is Access.LEGACY:
        for operation, columns in zip(_WRITES, (LEGACY_INSERTS, LEGACY_UPDATES), strict=True):
            if table.name in columns:
                yield _own(table.identity, operation, _OWN_WRITE, columns[table.name])


def _of_staff(table: Table) -> Iterator[Rule]:
    deletes = (Operation.DELETE,) if table.name in SERVICE_DELETES else ()
    for role in SERVICES:
        for operation in (Operation.SELECT, *_WRITES, *deletes):
            yield _every(role, table.identity, operation, _SERVICE, policy="service_all")
    if columns := MONITOR_COLUMNS.get(table.name):
        yield _every(MONITOR, table.identity, Operation.SELECT, _MONITOR, policy="monitor_select", columns=columns)


def _of_readers() -> Iterator[Rule]:
    view, status = OVERVIEW.identity, CREATOR_PIPELINE_STATUS.identity
    yield Rule(role=CREATOR, on=view, operation=Operation.SELECT, rows=Rows.OWN, reason=_INVOKER)
    for role in (*SERVICES, MONITOR, OWNER):
        yield _every(role, view, Operation.SELECT, _INVOKER)
    yield Rule(role=CREATOR, on=status, operation=Operation.EXECUTE, rows=Rows.OWN, reason=_STATUS)
    for role in SERVICES:
        yield _every(role, status, Operation.EXECUTE, _STATUS)


def _own(on: str, operation: Operation, reason: str, columns: tuple[str, ...] = ()) -> Rule:
    policy = f"creator_{operation.value}"
    return Rule(role=CREATOR, on=on, operation=operation, rows=Rows.OWN, columns=columns, policy=policy, reason=reason)


def _every(
    role: str, on: str, operation: Operation, reason: str, *, policy: str | None = None, columns: tuple[str, ...] = ()
) -> Rule:
    return Rule(role=role, on=on, operation=operation, rows=Rows.EVERY, columns=columns, policy=policy, reason=reason)
