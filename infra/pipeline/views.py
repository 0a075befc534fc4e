"""The overview: one row a profile, with the rights of whoever reads it."""

from typing import Final

from infra.models.view import View
from infra.pipeline.names import OWNER, PUBLIC

OVERVIEW: Final = View(
    schema_name=PUBLIC,
    name="creator_pipeline_overview",
    owner=OWNER,
    # Each part is looked up by the profile's id, so that one creator or a page of twenty costs a few index reads.
    query="""
SELECT p.id,
       p.user_id,
       p.creative_role,
       p.onboarding_stage,
       p.cultural_alignment,
       p.readiness_score,
       p.created_at,
       p.updated_at,
       p.last_activity_at,
       latest.stage AS latest_session_stage,
       latest.started_at AS latest_session_date,
       scores.assessment_count,
       scores.average_assessment_score,
       mappings.agent_mappings_count,
       mappings.best_agent_match_confidence
  FROM public.creator_profiles AS p
  LEFT JOIN LATERAL (
       SELECT s.stage, s.started_at
         FROM public.pipeline_sessions AS s
        WHERE s.creator_profile_id = p.id AND s.started_at IS NOT NULL
        ORDER BY s.started_at DESC
        LIMIT 1) AS latest ON true
 CROSS JOIN LATERAL (
       SELECT pg_catalog.count(*) AS assessment_count, pg_catalog.avg(a.score) AS average_assessment_score
         FROM public.assessment_scores AS a
        WHERE a.creator_profile_id = p.id) AS scores
 CROSS JOIN LATERAL (
       SELECT pg_catalog.count(*) AS agent_mappings_count,
              pg_catalog.max(m.confidence) AS best_agent_match_confidence
         FROM public.agent_potential_mappings AS m
        WHERE m.creator_profile_id = p.id) AS mappings
""",
)
VIEWS: Final = (OVERVIEW,)
