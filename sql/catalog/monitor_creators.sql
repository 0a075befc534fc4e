-- Creators by stage and band of alignment, from one index alone.
SELECT COALESCE(p.onboarding_stage, '') AS stage,
       LEAST(p.cultural_alignment / 10, 9) AS band,
       pg_catalog.count(*) AS creators,
       pg_catalog.sum(p.cultural_alignment)::float8 AS points
  FROM public.creator_profiles AS p
 GROUP BY 1, 2
