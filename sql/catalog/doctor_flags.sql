-- How long it takes to ask for every flag once, as the application does for each request.
EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON)
SELECT public.feature_enabled(w.name) FROM pg_catalog.unnest(%(flags)s::text[]) AS w (name)
