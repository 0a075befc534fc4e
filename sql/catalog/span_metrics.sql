-- What the application measured of itself in a span of time.
WITH measured AS (
  SELECT m.metric_name, m.metric_value
    FROM public.pipeline_metrics AS m
   WHERE m.metric_name IN ('stage_completion', 'cultural_alignment_score', 'stage_processing_time')
     AND m.recorded_at >= %(since)s::timestamptz AND m.recorded_at < %(until)s::timestamptz
     AND m.metric_value >= 0 AND m.metric_value <> 'NaN'
)
SELECT (SELECT (100 * pg_catalog.avg(m.metric_value))::float8 FROM measured AS m
         WHERE m.metric_name = 'stage_completion' AND m.metric_value <= 1) AS completion,
       (SELECT pg_catalog.count(*) FROM measured AS m
         WHERE m.metric_name = 'stage_completion' AND m.metric_value <= 1) AS completions,
       (SELECT pg_catalog.avg(m.metric_value)::float8 FROM measured AS m
         WHERE m.metric_name = 'cultural_alignment_score' AND m.metric_value <= 100) AS alignment,
       (SELECT pg_catalog.count(*) FROM measured AS m
         WHERE m.metric_name = 'cultural_alignment_score' AND m.metric_value <= 100) AS alignments,
       (SELECT pg_catalog.percentile_cont(0.95) WITHIN GROUP (ORDER BY m.metric_value::float8) FROM measured AS m
         WHERE m.metric_name = 'stage_processing_time') AS stage_p95,
       (SELECT pg_catalog.count(*) FROM measured AS m WHERE m.metric_name = 'stage_processing_time') AS stage_times
