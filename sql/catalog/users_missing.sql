SELECT u::text AS "user"
  FROM pg_catalog.unnest(%(users)s::uuid[]) AS u
 WHERE NOT EXISTS (SELECT 1 FROM auth.users AS a WHERE a.id = u)
 ORDER BY u
