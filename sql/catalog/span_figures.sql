-- What creators did in a span of time: sessions, those with errors, and what the application measured of itself.
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
), measured AS (
  SELECT m.metric_name, m.metric_value
    FROM public.pipeline_metrics AS m
   WHERE m.metric_name IN ('stage_completion', 'cultural_alignment_score', 'stage_processing_time')
     AND m.recorded_at >= %(since)s::timestamptz AND m.recorded_at < %(until)s::timestamptz
     AND m.metric_value >= 0 AND m.metric_value <> 'NaN'
)
SELECT pg_catalog.count(*) AS sessions,
       pg_catalog.count(*) FILTER (WHERE s.failed) AS failed,
       pg_catalog.count(*) FILTER (WHERE s.has_feedback) AS feedback,
       pg_catalog.count(DISTINCT s.creator_profile_id) AS creators,
       pg_catalog.count(DISTINCT s.creator_profile_id) FILTER (WHERE s.failed) AS failed_creators,
       (SELECT (100 * pg_catalog.avg(m.metric_value))::float8 FROM measured AS m
         WHERE m.metric_name = 'stage_completion' AND m.metric_value <= 1) AS completion,
       (SELECT pg_catalog.count(*) FROM measured AS m
         WHERE m.metric_name = 'stage_completion' AND m.metric_value <= 1) AS completions,
       (SELECT pg_catalog.avg(m.metric_value)::float8 FROM measured AS m
         WHERE m.metric_name = 'cultural_alignment_score' AND m.metric_value <= 100) AS alignment,
       (SELECT pg_catalog.count(*) FROM measured AS m
         WHERE m.metric_name = 'cultural_alignment_score' AND m.metric_value <= 100) AS alignments,
       (SELECT pg_catalog.percentile_cont(0.95) WITHIN GROUP (ORDER BY m.metric_value::float8) FROM measured AS m
         WHERE m.metric_name = 'stage_processing_time') AS stage_p95,
       (SELECT pg_catalog.count(*) FROM measured AS m WHERE m.metric_name = 'stage_processing_time') AS stage_times,
       (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(t) ORDER BY t.failed DESC, t.stage), '[]')
          FROM stages AS t) AS stages
  FROM sessions AS s
