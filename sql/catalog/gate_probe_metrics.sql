-- The last day's figures, as monitoring asks for them.
EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON)
SELECT m.metric_name, pg_catalog.count(*), pg_catalog.avg(m.metric_value)
  FROM public.pipeline_metrics AS m
 WHERE m.recorded_at >= pg_catalog.now() - interval '24 hours'
 GROUP BY m.metric_name
