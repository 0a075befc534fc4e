-- Every policy on these tables, ours or not.
SELECT n.nspname::text AS schema, c.relname::text AS table, p.polname::text AS name
  FROM pg_catalog.pg_policy AS p
  JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname || '.' || c.relname = ANY (%(relations)s::text[])
 ORDER BY 1, 2, 3
