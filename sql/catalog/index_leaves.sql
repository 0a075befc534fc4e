-- The partitions of a divided table, and for each whether a valid index of it is part of the index of this name;
-- one row without a leaf when there is none yet.
SELECT cn.nspname || '.' || c.relname AS leaf,
       COALESCE((SELECT pg_catalog.bool_or(i.indisvalid)
                   FROM pg_catalog.pg_inherits AS a
                   JOIN pg_catalog.pg_index AS i ON i.indexrelid = a.inhrelid
                   JOIN pg_catalog.pg_class AS p ON p.oid = a.inhparent
                  WHERE i.indrelid = c.oid AND p.relname = %(name)s AND p.relnamespace = t.relnamespace), false) AS indexed
  FROM pg_catalog.pg_class AS t
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
  LEFT JOIN pg_catalog.pg_inherits AS h ON h.inhparent = t.oid
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid
  LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND t.relname = %(table)s AND t.relkind = 'p'
 ORDER BY 1
