-- Day by day, counted back from the end of the window, what the metrics of these names come to, by the rollup of whole
-- hours. What is no figure is left out, as gates leave it out.
WITH days AS (
  SELECT w.age, %(finish)s::timestamptz - w.age * INTERVAL '24 hours' + INTERVAL '1 microsecond' AS until
    FROM pg_catalog.generate_series(0, %(days)s::int - 1) AS w (age)
), buckets AS (
  SELECT b.metric_name AS name, d.age, b.bucket, pg_catalog.sum(b.number)::bigint AS number,
         pg_catalog.sum(b.total) AS total, pg_catalog.min(b.least) AS least, pg_catalog.max(b.most) AS most
    FROM days AS d
   CROSS JOIN LATERAL pipeline_private.metrics_between(
         '{stage_completion,cultural_alignment_score,stage_processing_time}', d.until - INTERVAL '24 hours', d.until) AS b
   GROUP BY b.metric_name, d.age, b.bucket
)
SELECT b.name, b.age,
       (pg_catalog.sum(b.total) / pg_catalog.sum(b.number))::float8 AS average,
       CASE WHEN b.name = 'stage_processing_time' THEN (pipeline_private.quantile_bounds(
         0.95, pg_catalog.array_agg(b.number ORDER BY b.bucket), pg_catalog.array_agg(b.least ORDER BY b.bucket),
         pg_catalog.array_agg(b.most ORDER BY b.bucket)))[2] END AS p95,
       pg_catalog.sum(b.number)::int AS samples
  FROM buckets AS b
 GROUP BY b.name, b.age
HAVING pg_catalog.sum(b.number) > 0
 ORDER BY b.name, b.age DESC
