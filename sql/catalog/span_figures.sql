-- What creators did in a span of time: sessions, and those with errors.
WITH sessions AS (
  SELECT s.stage, s.creator_profile_id, pg_catalog.cardinality(s.feedback) > 0 AS has_feedback,
         s.error_logs IS NOT NULL
           AND s.error_logs NOT IN ('{}'::jsonb, '[]'::jsonb, 'null'::jsonb, '""'::jsonb) AS failed
    FROM public.pipeline_sessions AS s
   WHERE s.started_at >= %(since)s::timestamptz AND s.started_at < %(until)s::timestamptz
), stages AS (
  SELECT s.stage, pg_catalog.count(*) AS sessions, pg_catalog.count(*) FILTER (WHERE s.failed) AS failed
    FROM sessions AS s
   GROUP BY s.stage
)
SELECT pg_catalog.count(*) AS sessions,
       pg_catalog.count(*) FILTER (WHERE s.failed) AS failed,
       pg_catalog.count(*) FILTER (WHERE s.has_feedback) AS feedback,
       pg_catalog.count(DISTINCT s.creator_profile_id) AS creators,
       pg_catalog.count(DISTINCT s.creator_profile_id) FILTER (WHERE s.failed) AS failed_creators,
       (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(t) ORDER BY t.failed DESC, t.stage), '[]')
          FROM stages AS t) AS stages
  FROM sessions AS s
