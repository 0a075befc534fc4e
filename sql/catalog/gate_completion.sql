-- The average of stage_completion (1 or 0) in per cent, for each part of the window.
SELECT w.part,
       (100 * pg_catalog.avg(m.metric_value) FILTER (WHERE m.metric_value BETWEEN 0 AND 1))::float8 AS value,
       pg_catalog.count(*) FILTER (WHERE m.metric_value BETWEEN 0 AND 1) AS samples,
       -- NaN is more than any number.
       pg_catalog.count(*) FILTER (WHERE m.metric_value NOT BETWEEN 0 AND 1) AS unusable,
       '' AS detail
  FROM pg_catalog.generate_series(1, %(parts)s::int) AS w (part)
 CROSS JOIN (SELECT (%(finish)s::timestamptz - %(start)s::timestamptz) / %(parts)s::int AS span) AS length
  LEFT JOIN public.pipeline_metrics AS m
    ON m.metric_name = 'stage_completion'
   AND m.recorded_at >= %(start)s::timestamptz + (w.part - 1) * length.span
   AND m.recorded_at < %(start)s::timestamptz + w.part * length.span
 GROUP BY w.part
 ORDER BY w.part
