INSERT INTO public.creator_profiles (id, user_id)
SELECT u.profile, u.id
  FROM ROWS FROM (pg_catalog.unnest(%(users)s::uuid[]), pg_catalog.unnest(%(profiles)s::uuid[])) AS u (id, profile)
