-- Sessions begun in the window by stage, and those of them that have errors.
SELECT s.stage,
       pg_catalog.count(*)::int AS sessions,
       pg_catalog.count(*) FILTER (
         WHERE s.error_logs IS NOT NULL
           AND s.error_logs NOT IN ('{}'::jsonb, '[]'::jsonb, 'null'::jsonb, '""'::jsonb))::int AS failed
  FROM public.pipeline_sessions AS s
 WHERE s.started_at > pg_catalog.now() - pg_catalog.make_interval(secs => %(seconds)s)
   AND s.started_at <= pg_catalog.now()
 GROUP BY s.stage
