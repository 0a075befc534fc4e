-- A table: owner, row security, columns, keys and checks as the server spells them.
SELECT pg_catalog.pg_get_userbyid(c.relowner) AS owner, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
       GREATEST(c.reltuples, 0)::bigint AS estimated_rows, c.relkind::text AS kind,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                 'name', a.attname,
                 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
                 'nullable', NOT a.attnotnull OR EXISTS (
                   -- 18 has constraints for NOT NULL, which hold for old rows only once validated.
                   SELECT FROM pg_catalog.pg_constraint AS k
                    WHERE k.conrelid = c.oid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated),
                 'default', CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END)
               ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute AS a
          LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                 'name', k.conname,
                 'kind', k.contype,
                 'validated', k.convalidated,
                 -- The column came with 18.
                 'enforced', COALESCE((pg_catalog.to_jsonb(k) ->> 'conenforced')::bool, true),
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
          FROM (SELECT r.grantee FROM pg_catalog.aclexplode(c.relacl) AS r
                UNION ALL
                SELECT r.grantee FROM pg_catalog.pg_attribute AS a CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) AS r
                 WHERE a.attrelid = c.oid AND NOT a.attisdropped) AS x
         WHERE x.grantee <> c.relowner) AS grantees,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                 'table', rn.nspname || '.' || r.relname,
                 'columns', (SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_attribute AS a
                              WHERE a.attrelid = c.oid AND a.attnum = ANY (k.confkey))))
          FROM pg_catalog.pg_constraint AS k
          JOIN pg_catalog.pg_class AS r ON r.oid = k.conrelid
          JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
         WHERE k.confrelid = c.oid AND k.conrelid <> c.oid AND k.contype = 'f') AS referring,
       EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid) AS has_policies,
       EXISTS (SELECT FROM pg_catalog.pg_class AS o
                WHERE o.relname = c.relname AND o.oid <> c.oid AND o.relkind IN ('r', 'p')
                  AND o.relnamespace = pg_catalog.to_regnamespace(%(private)s)) AS has_counterpart,
       (SELECT pg_catalog.json_build_object(
                 'method', CASE d.partstrat WHEN 'r' THEN 'range' WHEN 'l' THEN 'list' ELSE 'hash' END,
                 'key', (SELECT pg_catalog.json_agg(COALESCE(a.attname, '') ORDER BY u.position)
                           FROM pg_catalog.unnest(d.partattrs::int2[]) WITH ORDINALITY AS u (number, position)
                           LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = u.number
                                                                 AND u.number <> 0),
                 'leaves', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                                     'schema', ln.nspname, 'name', l.relname,
                                     'bounds', pg_catalog.regexp_replace(
                                                 pg_catalog.pg_get_expr(l.relpartbound, l.oid), '^FOR VALUES ', ''),
                                     'grantees', g.roles,
                                     'closed', l.relrowsecurity AND l.relforcerowsecurity AND l.relowner = c.relowner
                                               AND g.roles IS NULL)
                                   ORDER BY l.relname)
                              FROM pg_catalog.pg_inherits AS h
                              JOIN pg_catalog.pg_class AS l ON l.oid = h.inhrelid
                              JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.relnamespace
                             CROSS JOIN LATERAL (
                                     SELECT pg_catalog.json_agg(CASE x.grantee WHEN 0 THEN 'PUBLIC'
                                                                ELSE pg_catalog.pg_get_userbyid(x.grantee)::text END)
                                       FROM pg_catalog.aclexplode(l.relacl) AS x
                                      WHERE x.grantee <> l.relowner) AS g (roles)
                             WHERE h.inhparent = c.oid))
          FROM pg_catalog.pg_partitioned_table AS d WHERE d.partrelid = c.oid) AS partitioning
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND c.relname = %(name)s AND c.relkind IN ('r', 'p')
