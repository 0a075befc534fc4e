"""One row a creator's stay in a stage."""

from typing import Final

from infra.models.table import Table
from infra.pipeline import columns as c
from infra.pipeline.names import STAGES

_NAME: Final = "pipeline_sessions"

PIPELINE_SESSIONS: Final[Table] = c.table(
    _NAME,
    (
        c.identity(),
        c.column("creator_profile_id", "uuid", required=True),
        c.column("stage", "text", required=True),
        *c.timestamps("started_at"),
        c.column("completed_at", "timestamptz"),
        c.column("feedback", "text[]", "{}"),
        c.column("next_steps", "text[]", "{}"),
        c.column("cultural_mentor_notes", "text"),
        c.column("session_data", "jsonb", "{}"),
        c.column("processing_time_ms", "integer", 0),
        c.column("success_metrics", "jsonb", "{}"),
        c.column("error_logs", "jsonb", "{}"),
        *c.timestamps("created_at", "updated_at"),
    ),
    checks=(c.one_of(_NAME, "stage", STAGES),),
    keys=(c.profile_key(_NAME),),
)
