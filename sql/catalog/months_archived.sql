-- The months of a table that retention has moved to the archive.
SELECT n.nspname || '.' || c.relname AS leaf
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %(archive)s AND c.relkind = 'r' AND c.relname ~ ('^' || %(table)s || '_p[0-9]{8}$')
 ORDER BY 1
