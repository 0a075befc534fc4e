-- How long it took those who have come to the end within the window, from their sign-up, in seconds.
SELECT pg_catalog.avg(pg_catalog.date_part('epoch', s.started_at - p.created_at))::float8 AS seconds
  FROM public.pipeline_sessions AS s
  JOIN public.creator_profiles AS p ON p.id = s.creator_profile_id
 WHERE s.stage = 'completed'
   AND s.started_at > pg_catalog.now() - pg_catalog.make_interval(secs => %(seconds)s)
   AND s.started_at <= pg_catalog.now()
