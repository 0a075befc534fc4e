SELECT m.user_id::text AS "user", m.kind, m.source, m.added_by, m.added_at,
       EXISTS (SELECT 1 FROM public.creator_profiles AS p WHERE p.user_id = m.user_id) AS has_profile
  FROM pipeline_private.cohort_members AS m
 ORDER BY m.kind DESC, m.added_at, m.user_id
