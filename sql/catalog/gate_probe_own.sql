-- What a creator is shown on their own page: the profile with its newest sessions.
EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON)
SELECT p.id, p.onboarding_stage, s.stage, s.started_at, s.completed_at
  FROM public.creator_profiles AS p
  LEFT JOIN LATERAL (
       SELECT t.stage, t.started_at, t.completed_at
         FROM public.pipeline_sessions AS t
        WHERE t.creator_profile_id = p.id
        ORDER BY t.started_at DESC
        LIMIT 10) AS s ON true
