-- How many points cultural_alignment_score gains a day, for each part of the window; what is lost in rounding is no trend.
SELECT w.part,
       pg_catalog.round(pg_catalog.regr_slope(
         m.metric_value::float8,
         (EXTRACT(epoch FROM m.recorded_at - %(start)s::timestamptz) / 86400)::float8)
         FILTER (WHERE m.metric_value BETWEEN 0 AND 100)::numeric, 6)::float8 AS value,
       pg_catalog.count(*) FILTER (WHERE m.metric_value BETWEEN 0 AND 100) AS samples,
       -- NaN is more than any number.
       pg_catalog.count(*) FILTER (WHERE m.metric_value NOT BETWEEN 0 AND 100) AS unusable,
       '' AS detail
  FROM pg_catalog.generate_series(1, %(parts)s::int) AS w (part)
 CROSS JOIN (SELECT (%(finish)s::timestamptz - %(start)s::timestamptz) / %(parts)s::int AS span) AS length
  LEFT JOIN public.pipeline_metrics AS m
    ON m.metric_name = 'cultural_alignment_score'
   AND m.recorded_at >= %(start)s::timestamptz + (w.part - 1) * length.span
   AND m.recorded_at < %(start)s::timestamptz + w.part * length.span
 GROUP BY w.part
 ORDER BY w.part
