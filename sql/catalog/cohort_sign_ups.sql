-- Beta creators with a profile: each is one user, since a user has one profile.
SELECT pg_catalog.count(*) AS sign_ups
  FROM pipeline_private.cohort_members AS m
 WHERE m.kind = 'beta' AND EXISTS (SELECT 1 FROM public.creator_profiles AS p WHERE p.user_id = m.user_id)
