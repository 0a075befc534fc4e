-- What the application measured of itself in a span of time, by the rollup of whole hours.
WITH measured AS (
  SELECT b.metric_name, b.bucket, pg_catalog.sum(b.number)::bigint AS number, pg_catalog.sum(b.total) AS total,
         pg_catalog.min(b.least) AS least, pg_catalog.max(b.most) AS most
    FROM pipeline_private.metrics_between(
         '{stage_completion,cultural_alignment_score,stage_processing_time}',
         %(since)s::timestamptz, %(until)s::timestamptz) AS b
   GROUP BY b.metric_name, b.bucket
), sums AS (
  SELECT m.metric_name, pg_catalog.sum(m.number) AS number,
         pg_catalog.sum(m.total) / NULLIF(pg_catalog.sum(m.number), 0) AS average,
         (pipeline_private.quantile_bounds(
           0.95, pg_catalog.array_agg(m.number ORDER BY m.bucket), pg_catalog.array_agg(m.least ORDER BY m.bucket),
           pg_catalog.array_agg(m.most ORDER BY m.bucket)))[2] AS p95
    FROM measured AS m
   GROUP BY m.metric_name
)
SELECT (SELECT (100 * s.average)::float8 FROM sums AS s WHERE s.metric_name = 'stage_completion') AS completion,
       COALESCE((SELECT s.number FROM sums AS s WHERE s.metric_name = 'stage_completion'), 0)::bigint AS completions,
       (SELECT s.average::float8 FROM sums AS s WHERE s.metric_name = 'cultural_alignment_score') AS alignment,
       COALESCE((SELECT s.number FROM sums AS s WHERE s.metric_name = 'cultural_alignment_score'), 0)::bigint AS alignments,
       (SELECT s.p95 FROM sums AS s WHERE s.metric_name = 'stage_processing_time') AS stage_p95,
       COALESCE((SELECT s.number FROM sums AS s WHERE s.metric_name = 'stage_processing_time'), 0)::bigint AS stage_times
