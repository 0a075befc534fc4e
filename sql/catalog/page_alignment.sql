-- How many creators lie in each band of ten points of alignment, counted from 0; the last holds 100 too, and no band is
-- that of those without an alignment.
SELECT CASE WHEN p.cultural_alignment >= 90 THEN 9 ELSE p.cultural_alignment / 10 END AS band,
       pg_catalog.count(*)::int AS creators
  FROM public.creator_profiles AS p
 GROUP BY 1
 ORDER BY 1
