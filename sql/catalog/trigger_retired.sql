-- Triggers of a table that call one of these functions.
SELECT t.tgname AS name, fn.nspname || '.' || f.proname AS function
  FROM pg_catalog.pg_trigger AS t
  JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_proc AS f ON f.oid = t.tgfoid
  JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.pronamespace
 WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND t.tgname <> %(name)s AND NOT t.tgisinternal
   AND fn.nspname || '.' || f.proname = ANY (%(functions)s::text[])
 ORDER BY t.tgname
