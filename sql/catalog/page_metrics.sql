-- Day by day, counted back from the end of the window, what the metrics of these names come to. What is no figure (NaN,
-- or out of a share's or a score's range) is left out, as gates leave it out.
SELECT m.metric_name AS name, d.age,
       pg_catalog.avg(m.metric_value)::float8 AS average,
       -- Of times alone: what is not asked for need not be sorted.
       pg_catalog.percentile_cont(0.95) WITHIN GROUP (ORDER BY m.metric_value::float8)
         FILTER (WHERE m.metric_name = 'stage_processing_time') AS p95,
       pg_catalog.count(*)::int AS samples
  FROM public.pipeline_metrics AS m
 CROSS JOIN LATERAL (
       SELECT pg_catalog.floor(EXTRACT(epoch FROM %(finish)s::timestamptz - m.recorded_at) / 86400)::int AS age) AS d
 WHERE m.recorded_at > %(finish)s::timestamptz - pg_catalog.make_interval(days => %(days)s::int)
   AND m.recorded_at <= %(finish)s::timestamptz
   AND CASE m.metric_name
         WHEN 'stage_completion' THEN m.metric_value BETWEEN 0 AND 1
         WHEN 'cultural_alignment_score' THEN m.metric_value BETWEEN 0 AND 100
         WHEN 'stage_processing_time' THEN m.metric_value >= 0 AND m.metric_value <> 'NaN'
         ELSE false
       END
 GROUP BY m.metric_name, d.age
 ORDER BY m.metric_name, d.age DESC
