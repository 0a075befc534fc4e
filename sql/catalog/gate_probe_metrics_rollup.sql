-- What the newest metrics come to, as monitoring reads them, by the rollup of whole hours.
EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON)
SELECT b.metric_name, pg_catalog.sum(b.number), pg_catalog.sum(b.total) / NULLIF(pg_catalog.sum(b.number), 0)
  FROM pipeline_private.metrics_between(
       '{stage_start,stage_processing_time,stage_completion,cultural_alignment_score,readiness_score,
         projected_monthly_revenue,economic_validation_score}',
       pg_catalog.now() - interval '24 hours', pg_catalog.now()) AS b
 GROUP BY b.metric_name
