-- How many creators stand in which stage, as monitoring counts them.
EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON)
SELECT p.onboarding_stage, pg_catalog.count(*), pg_catalog.avg(p.cultural_alignment)
  FROM public.creator_profiles AS p
 GROUP BY p.onboarding_stage
