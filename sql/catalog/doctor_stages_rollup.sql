-- Each stage in the window: how much of it was completed and how long it took by the rollup of the metrics,
-- and which sessions failed.
WITH measured AS (
  SELECT b.stage,
         (100 * pg_catalog.sum(b.total) FILTER (WHERE b.metric_name = 'stage_completion')
          / NULLIF(pg_catalog.sum(b.number) FILTER (WHERE b.metric_name = 'stage_completion'), 0))::float8 AS completion,
         pg_catalog.sum(b.number) FILTER (WHERE b.metric_name = 'stage_completion') AS completions,
         (pg_catalog.sum(b.total) FILTER (WHERE b.metric_name = 'cultural_alignment_score')
          / NULLIF(pg_catalog.sum(b.number) FILTER (WHERE b.metric_name = 'cultural_alignment_score'), 0)
         )::float8 AS alignment,
         pg_catalog.sum(b.number) FILTER (WHERE b.metric_name = 'cultural_alignment_score') AS alignments
    FROM pipeline_private.metrics_between(
         '{stage_completion,cultural_alignment_score}', %(start)s::timestamptz, %(finish)s::timestamptz) AS b
   GROUP BY b.stage
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
