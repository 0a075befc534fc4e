-- A page of the overview, as the application lists creators.
EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON)
SELECT * FROM public.creator_pipeline_overview AS o ORDER BY o.last_activity_at DESC LIMIT 20
