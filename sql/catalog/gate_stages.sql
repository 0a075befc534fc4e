-- How many stages somebody of the cohort has completed in the window, and which nobody has.
WITH done AS (
  SELECT s.stage
    FROM public.pipeline_sessions AS s
    JOIN public.creator_profiles AS p ON p.id = s.creator_profile_id
    JOIN pipeline_private.cohort_members AS m ON m.user_id = p.user_id
   WHERE s.completed_at >= %(start)s::timestamptz AND s.completed_at < %(finish)s::timestamptz
)
SELECT 1 AS part,
       (SELECT pg_catalog.count(DISTINCT d.stage) FROM done AS d)::float8 AS value,
       (SELECT pg_catalog.count(*) FROM done) AS samples,
       0 AS unusable,
       COALESCE((SELECT 'not completed: ' || pg_catalog.string_agg(w.stage, ', ' ORDER BY w.place)
                   FROM pg_catalog.unnest(%(stages)s::text[]) WITH ORDINALITY AS w (stage, place)
                  WHERE w.stage NOT IN (SELECT d.stage FROM done AS d)), '') AS detail
