-- A table: owner, row security, columns, keys and checks as the server spells them.
SELECT pg_catalog.pg_get_userbyid(c.relowner) AS owner, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
       GREATEST(c.reltuples, 0)::bigint AS estimated_rows, c.relkind::text AS kind,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                 'name', a.attname,
                 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
                 'nullable', NOT a.attnotnull,
                 'default', CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END)
               ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute AS a
          LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                 'name', k.conname,
                 'kind', k.contype,
                 'validated', k.convalidated,
                 'deferrable', k.condeferrable,
                 'expression', CASE WHEN k.contype = 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) END,
                 'columns', (SELECT pg_catalog.json_agg(a.attname ORDER BY u.position)
                               FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (number, position)
                               JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.number),
                 'references', CASE WHEN k.contype = 'f' THEN fn.nspname || '.' || f.relname END,
                 'referenced_columns', (SELECT pg_catalog.json_agg(a.attname ORDER BY u.position)
                               FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS u (number, position)
                               JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.number),
                 'on_delete', CASE k.confdeltype WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict'
                              WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' WHEN 'd' THEN 'set default' END)
               ORDER BY k.conname)
          FROM pg_catalog.pg_constraint AS k
          LEFT JOIN pg_catalog.pg_class AS f ON f.oid = k.confrelid
          LEFT JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.relnamespace
         WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f', 'p')) AS constraints,
       (SELECT pg_catalog.json_agg(DISTINCT CASE x.grantee WHEN 0 THEN 'PUBLIC'
                                                 ELSE pg_catalog.pg_get_userbyid(x.grantee)::text END)
          FROM pg_catalog.aclexplode(c.relacl) AS x
         WHERE x.grantee <> c.relowner) AS grantees
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND c.relname = %(name)s AND c.relkind IN ('r', 'p')
