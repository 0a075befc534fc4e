-- Day by day, counted back from the end of the window, the share of sessions with errors, in per cent.
SELECT d.age,
       (100 * pg_catalog.avg((s.error_logs IS NOT NULL
                              AND s.error_logs NOT IN ('{}'::jsonb, '[]'::jsonb, 'null'::jsonb, '""'::jsonb))::int)
       )::float8 AS value,
       pg_catalog.count(*)::int AS samples
  FROM public.pipeline_sessions AS s
 CROSS JOIN LATERAL (
       SELECT pg_catalog.floor(EXTRACT(epoch FROM %(finish)s::timestamptz - s.started_at) / 86400)::int AS age) AS d
 WHERE s.started_at > %(finish)s::timestamptz - pg_catalog.make_interval(days => %(days)s::int)
   AND s.started_at <= %(finish)s::timestamptz
 GROUP BY d.age
 ORDER BY d.age DESC
