-- The months of a table that is divided by time, each by where it begins and ends; its default leaf; and what time it is.
SELECT pg_catalog.now() AS moment,
       (SELECT a.attname FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = d.partrelid AND a.attnum = d.partattrs[0]) AS key,
       (SELECT sn.nspname || '.' || s.relname
          FROM pg_catalog.pg_class AS s JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.relnamespace
         WHERE s.oid = d.partdefid) AS spare,
       ARRAY(SELECT DISTINCT fn.nspname || '.' || f.relname
               FROM pg_catalog.pg_constraint AS k
               JOIN pg_catalog.pg_class AS f ON f.oid = k.confrelid
               JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.relnamespace
              WHERE k.conrelid = d.partrelid AND k.contype = 'f') AS parents,
       COALESCE(b.names, '{}') AS names,
       COALESCE(b.starts, '{}') AS starts,
       COALESCE(b.ends, '{}') AS ends
  FROM pg_catalog.pg_partitioned_table AS d
  JOIN pg_catalog.pg_class AS c ON c.oid = d.partrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL (
         SELECT pg_catalog.array_agg(ln.nspname || '.' || l.relname ORDER BY l.relname, l.oid) AS names,
                pg_catalog.array_agg((pg_catalog.regexp_match(x.bounds, 'FROM [(]''([^'']+)''[)]'))[1]::timestamptz
                                     ORDER BY l.relname, l.oid) AS starts,
                pg_catalog.array_agg((pg_catalog.regexp_match(x.bounds, 'TO [(]''([^'']+)''[)]'))[1]::timestamptz
                                     ORDER BY l.relname, l.oid) AS ends
           FROM pg_catalog.pg_inherits AS h
           JOIN pg_catalog.pg_class AS l ON l.oid = h.inhrelid
           JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.relnamespace
          CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_expr(l.relpartbound, l.oid)) AS x (bounds)
          WHERE h.inhparent = d.partrelid AND h.inhrelid <> d.partdefid) AS b
 WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND d.partstrat = 'r'
