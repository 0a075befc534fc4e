-- How many creators stand in each stage.
SELECT p.onboarding_stage AS stage, pg_catalog.count(*)::int AS creators
  FROM public.creator_profiles AS p
 GROUP BY p.onboarding_stage
