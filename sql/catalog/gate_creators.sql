-- How many beta creators of the cohort have a profile, of all that it has.
SELECT 1 AS part,
       pg_catalog.count(DISTINCT p.user_id)::float8 AS value,
       pg_catalog.count(DISTINCT m.user_id) AS samples,
       0 AS unusable,
       'of ' || pg_catalog.count(DISTINCT m.user_id) || ' let in' AS detail
  FROM pipeline_private.cohort_members AS m
  LEFT JOIN public.creator_profiles AS p ON p.user_id = m.user_id
 WHERE m.kind = 'beta'
