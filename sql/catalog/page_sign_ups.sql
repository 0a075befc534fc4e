-- How many beta creators were in at the end of each day, counted back from the end of the window.
SELECT w.age,
       pg_catalog.count(p.user_id)::float8 AS value,
       pg_catalog.count(p.user_id)::int AS samples
  FROM pg_catalog.generate_series(0, %(days)s::int - 1) AS w (age)
  LEFT JOIN (pipeline_private.cohort_members AS m JOIN public.creator_profiles AS p ON p.user_id = m.user_id)
    ON m.kind = 'beta' AND p.created_at <= %(finish)s::timestamptz - pg_catalog.make_interval(days => w.age)
 GROUP BY w.age
 ORDER BY w.age DESC
