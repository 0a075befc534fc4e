-- What runs when rows of these tables change.
SELECT DISTINCT n.nspname::text AS schema, f.proname::text AS name
  FROM pg_catalog.pg_trigger AS t
  JOIN pg_catalog.pg_proc AS f ON f.oid = t.tgfoid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
  JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
 WHERE s.nspname || '.' || c.relname = ANY (%(relations)s::text[]) AND NOT t.tgisinternal
   AND n.nspname <> 'pg_catalog'
 ORDER BY 1, 2
