-- A session for each stage; one in twenty was tried before and given up, one in four hundred met an error. The last
-- stage of those who are on the way is still open.
INSERT INTO public.pipeline_sessions
  (id, creator_profile_id, stage, started_at, completed_at, feedback, session_data, processing_time_ms, error_logs,
   created_at, updated_at)
SELECT pg_catalog.md5(s.creator || s.stage || t.try)::uuid, s.creator, s.stage, s.at,
       CASE WHEN t.try = 2 THEN s.at + (pg_catalog.now() - s.at) * 0.01 END,
       ARRAY['simulated'], '{"simulated": true}',
       ((%(milliseconds)s::integer[])[s.step] * (0.95 + 0.1 * s.spread))::integer,
       CASE WHEN t.try = 2 AND pg_catalog.mod(s.turn * 7 + s.step, 400) = 0
            THEN '{"message": "simulated"}' ELSE '{}' END::jsonb,
       s.at, s.at
  FROM pg_temp.demo_steps AS s
 CROSS JOIN LATERAL pg_catalog.generate_series(CASE WHEN s.luck < 0.05 THEN 1 ELSE 2 END, 2) AS t (try)
