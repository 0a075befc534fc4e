-- The triggers that somebody has put on the platform's table of users: what they send out is not undone with their rows.
SELECT t.tgname::text AS name
  FROM pg_catalog.pg_trigger AS t
  JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = 'auth' AND c.relname = 'users' AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
   AND t.tgtype & 4 = 4
 ORDER BY 1
