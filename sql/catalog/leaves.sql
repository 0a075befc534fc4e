-- The partitions of a divided table.
SELECT cn.nspname || '.' || c.relname AS leaf
  FROM pg_catalog.pg_class AS t
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
  JOIN pg_catalog.pg_inherits AS h ON h.inhparent = t.oid
  JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid
  JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND t.relname = %(table)s AND t.relkind = 'p'
 ORDER BY 1
