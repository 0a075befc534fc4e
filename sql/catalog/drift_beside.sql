-- What stands on our relations, and what stands beside them in the schemas: kind, place and name. Constraints that are
-- a key's, the server's own, and what belongs to an extension are left out.
WITH ours AS (
  SELECT c.oid, n.nspname || '.' || c.relname AS place
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname || '.' || c.relname = ANY (%(relations)s::text[]) AND c.relkind IN ('r', 'p')
)
SELECT 'column' AS what, o.place, a.attname::text AS name
  FROM ours AS o
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
 UNION ALL
SELECT 'constraint', o.place, k.conname::text
  FROM ours AS o
  JOIN pg_catalog.pg_constraint AS k ON k.conrelid = o.oid AND k.contype IN ('c', 'f', 'u', 'x')
 UNION ALL
SELECT 'index', o.place, n.nspname || '.' || c.relname
  FROM ours AS o
  JOIN pg_catalog.pg_index AS i ON i.indrelid = o.oid
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
 UNION ALL
SELECT 'trigger', o.place, t.tgname::text
  FROM ours AS o
  JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = o.oid AND NOT t.tgisinternal
 UNION ALL
SELECT 'rule', o.place, r.rulename::text
  FROM ours AS o
  JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = o.oid
 UNION ALL
SELECT CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END, n.nspname::text, n.nspname || '.' || c.relname
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY (%(schemas)s::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
   -- Months come and go.
   AND NOT c.relispartition
 UNION ALL
SELECT 'function', n.nspname::text,
       n.nspname || '.' || p.proname || '('
         || (SELECT COALESCE(pg_catalog.string_agg(pg_catalog.format_type(u.type, NULL), ', ' ORDER BY u.position), '')
               FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY AS u (type, position)) || ')'
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
 WHERE n.nspname = ANY (%(schemas)s::text[])
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
 ORDER BY 1, 2, 3
