INSERT INTO public.creator_profiles (user_id)
SELECT u.id FROM pg_catalog.unnest(%(users)s::uuid[]) WITH ORDINALITY AS u (id, position) ORDER BY u.position
RETURNING id::text AS profile, user_id::text AS "user"
