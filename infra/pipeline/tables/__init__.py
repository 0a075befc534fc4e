"""The tables, in the order in which their keys let them be created: the seven of the pipeline, then the rollout's."""

from typing import Final

from infra.models.table import Table
from infra.pipeline.tables.agent_potential_mappings import AGENT_POTENTIAL_MAPPINGS
from infra.pipeline.tables.assessment_scores import ASSESSMENT_SCORES
from infra.pipeline.tables.cohort_members import COHORT_MEMBERS
from infra.pipeline.tables.creator_economics import CREATOR_ECONOMICS
from infra.pipeline.tables.creator_feature_flags import CREATOR_FEATURE_FLAGS
from infra.pipeline.tables.creator_profiles import CREATOR_PROFILES
from infra.pipeline.tables.feature_flags import FEATURE_FLAGS
from infra.pipeline.tables.metrics_rollup import METRICS_ROLLUP
from infra.pipeline.tables.metrics_rollup_stale import METRICS_ROLLUP_STALE
from infra.pipeline.tables.metrics_rollup_state import METRICS_ROLLUP_STATE
from infra.pipeline.tables.pipeline_metrics import PIPELINE_METRICS
from infra.pipeline.tables.pipeline_sessions import PIPELINE_SESSIONS
from infra.pipeline.tables.rollout_ledger import ROLLOUT_LEDGER
from infra.pipeline.tables.rollout_state import ROLLOUT_STATE
from infra.pipeline.tables.sign_up_counter import SIGN_UP_COUNTER

TABLES: Final[tuple[Table, ...]] = (
    CREATOR_PROFILES,
    ASSESSMENT_SCORES,
    PIPELINE_SESSIONS,
    AGENT_POTENTIAL_MAPPINGS,
    CREATOR_ECONOMICS,
    PIPELINE_METRICS,
    CREATOR_FEATURE_FLAGS,
)
CREATOR_TABLES: Final = tuple(item for item in TABLES if item is not CREATOR_PROFILES)
"""The tables whose rows belong to a profile."""
ROLLUP_TABLES: Final = (METRICS_ROLLUP, METRICS_ROLLUP_STALE, METRICS_ROLLUP_STATE)
"""The tables of the rollup of the metrics, in the private schema."""
ROLLOUT_TABLES: Final = (
    FEATURE_FLAGS,
    ROLLOUT_STATE,
    SIGN_UP_COUNTER,
    COHORT_MEMBERS,
    ROLLOUT_LEDGER,
    *ROLLUP_TABLES,
)
"""The tables of the rollout itself, in the private schema, with those of the rollup."""
RETAINED: Final = (ROLLOUT_LEDGER.identity,)
"""What stays where it is when everything else is taken away."""
