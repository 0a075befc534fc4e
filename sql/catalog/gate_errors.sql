-- The share of sessions with something in their error_logs, in per cent, for each part of the window.
SELECT w.part,
       (100 * pg_catalog.avg((s.error_logs IS NOT NULL
                             AND s.error_logs NOT IN ('{}'::jsonb, '[]'::jsonb, 'null'::jsonb, '""'::jsonb))::int)
         FILTER (WHERE s.id IS NOT NULL))::float8 AS value,
       pg_catalog.count(s.id) AS samples,
       0 AS unusable,
       '' AS detail
  FROM pg_catalog.generate_series(1, %(parts)s::int) AS w (part)
 CROSS JOIN (SELECT (%(finish)s::timestamptz - %(start)s::timestamptz) / %(parts)s::int AS span) AS length
  LEFT JOIN public.pipeline_sessions AS s
    ON s.started_at >= %(start)s::timestamptz + (w.part - 1) * length.span
   AND s.started_at < %(start)s::timestamptz + w.part * length.span
 GROUP BY w.part
 ORDER BY w.part
