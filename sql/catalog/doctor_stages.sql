-- Each stage in the window: how much of it was completed and how long it took by the metrics, and which sessions failed.
WITH measured AS (
  SELECT m.stage,
         (100 * pg_catalog.avg(m.metric_value) FILTER (
           WHERE m.metric_name = 'stage_completion' AND m.metric_value BETWEEN 0 AND 1))::float8 AS completion,
         pg_catalog.count(*) FILTER (
           WHERE m.metric_name = 'stage_completion' AND m.metric_value BETWEEN 0 AND 1) AS completions,
         pg_catalog.avg(m.metric_value) FILTER (
           WHERE m.metric_name = 'cultural_alignment_score' AND m.metric_value BETWEEN 0 AND 100)::float8 AS alignment,
         pg_catalog.count(*) FILTER (
           WHERE m.metric_name = 'cultural_alignment_score' AND m.metric_value BETWEEN 0 AND 100) AS alignments
    FROM public.pipeline_metrics AS m
   WHERE m.recorded_at >= %(start)s::timestamptz AND m.recorded_at < %(finish)s::timestamptz
     AND m.metric_name IN ('stage_completion', 'cultural_alignment_score')
   GROUP BY m.stage
), held AS (
  SELECT s.stage, pg_catalog.count(*) AS sessions,
         100 * pg_catalog.avg((s.error_logs IS NOT NULL
           AND s.error_logs NOT IN ('{}'::jsonb, '[]'::jsonb, 'null'::jsonb, '""'::jsonb))::int)::float8 AS errors
    FROM public.pipeline_sessions AS s
   WHERE s.started_at >= %(start)s::timestamptz AND s.started_at < %(finish)s::timestamptz
   GROUP BY s.stage
)
SELECT w.stage, m.completion, COALESCE(m.completions, 0) AS completions, m.alignment,
       COALESCE(m.alignments, 0) AS alignments, h.errors, COALESCE(h.sessions, 0) AS sessions
  FROM pg_catalog.unnest(%(stages)s::text[]) WITH ORDINALITY AS w (stage, place)
  LEFT JOIN measured AS m USING (stage)
  LEFT JOIN held AS h USING (stage)
 ORDER BY w.place
