-- What a creator's page asks for: the latest profiles with their sessions.
SELECT p.id, p.onboarding_stage, s.stage, s.started_at
  FROM (SELECT i.id, i.onboarding_stage FROM public.creator_profiles AS i ORDER BY i.last_activity_at DESC LIMIT 10) AS p
  LEFT JOIN LATERAL (
         SELECT o.stage, o.started_at FROM public.pipeline_sessions AS o
          WHERE o.creator_profile_id = p.id ORDER BY o.started_at DESC LIMIT 1) AS s ON true
