-- The creator who was active last, to be tried as.
SELECT p.id::text AS profile, p.user_id::text AS "user"
  FROM public.creator_profiles AS p
 ORDER BY p.last_activity_at DESC NULLS LAST, p.id
 LIMIT 1
