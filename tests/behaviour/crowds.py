"""Many creators with rows in every table, made by the table and not one by one; and what the planner knows of them."""

import uuid
from typing import Final, LiteralString

from tests.behaviour.pipelines import Pipeline

CROWD: Final[tuple[LiteralString, ...]] = (
    "INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, %(creators)s)",
    (
        "INSERT INTO public.creator_profiles (user_id) SELECT id FROM auth.users"
        " WHERE id NOT IN (SELECT user_id FROM public.creator_profiles)"
    ),
    (
        "INSERT INTO public.assessment_scores (creator_profile_id, dimension, score)"
        " SELECT id, 'd' || n, 50 FROM public.creator_profiles, generate_series(1, %(rows)s) AS n"
    ),
    (
        "INSERT INTO public.pipeline_sessions (creator_profile_id, stage)"
        " SELECT id, 'skill-assessment' FROM public.creator_profiles, generate_series(1, %(rows)s)"
    ),
    (
        "INSERT INTO public.agent_potential_mappings"
        " (creator_profile_id, agent_role, confidence, cultural_fit, training_path_suggestion)"
        " SELECT id, 'audio-creation', n, 1, 't' FROM public.creator_profiles, generate_series(1, %(rows)s) AS n"
    ),
    (
        "INSERT INTO public.creator_economics (creator_profile_id, revenue_model)"
        " SELECT id, 'creator-mentor' FROM public.creator_profiles, generate_series(1, %(rows)s)"
    ),
    (
        "INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value)"
        " SELECT id, 'quality', 'm', n FROM public.creator_profiles, generate_series(1, %(rows)s) AS n"
    ),
    (
        "INSERT INTO public.creator_feature_flags (creator_profile_id, flag_name, flag_value)"
        " SELECT id, 'f' || n, true FROM public.creator_profiles, generate_series(1, %(rows)s) AS n"
    ),
)
#: Only where the rollout's own tables are.
MEMBERS: Final[LiteralString] = (
    "INSERT INTO pipeline_private.cohort_members (user_id, kind, source, added_by)"
    " SELECT id, 'team', 'command', 'a test' FROM auth.users"
)


def fill(pipeline: Pipeline, creators: int, rows: int, *, members: bool = False) -> None:
    """Add so many creators with so many rows each in every table. No trigger and no key sees them come."""
    with pipeline.admin() as admin:
        admin.execute("SET session_replication_role = replica")
        for statement in (*CROWD, *([MEMBERS] if members else [])):
            admin.execute(statement, {"creators": creators, "rows": rows})
        admin.execute("ANALYZE")


def newest_user(pipeline: Pipeline) -> uuid.UUID:
    """Return a user of the crowd."""
    with pipeline.admin() as admin:
        row = admin.execute(
            "SELECT user_id FROM public.creator_profiles ORDER BY created_at DESC, id LIMIT 1"
        ).fetchone()
    assert row is not None
    user: uuid.UUID = row[0]
    return user
