-- What the pipeline's relations and functions are made of: what a restore makes again, with its definition; and what it
-- leaves in the file (`entry`), in the words in which pg_restore lists it.
WITH ours AS (
  SELECT c.oid, c.relkind, c.relrowsecurity, n.nspname || '.' || c.relname AS identity,
         n.nspname AS schema, n.nspname || ' ' || c.relname AS listed
    FROM ROWS FROM (pg_catalog.unnest(%(schemas)s::text[]), pg_catalog.unnest(%(names)s::text[])) AS given (schema, name)
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = given.schema
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = given.name
), described AS (
  SELECT 'column ' || o.identity || '.' || a.attname AS object,
         pg_catalog.concat_ws(' ', pg_catalog.format_type(a.atttypid, a.atttypmod),
           CASE WHEN a.attnotnull THEN 'not null' END, a.attidentity, a.attgenerated,
           pg_catalog.pg_get_expr(d.adbin, d.adrelid)) AS definition,
         '' AS entry
    FROM ours AS o
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE o.relkind IN ('r', 'p', 'v', 'm')
  UNION ALL
  SELECT 'function ' || n.nspname || '.' || p.proname
           || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')',
         pg_catalog.concat_ws(' ', pg_catalog.pg_get_function_result(p.oid), l.lanname, p.prosecdef, p.provolatile,
           pg_catalog.array_to_string(p.proconfig, ' '), p.prosrc),
         ''
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
   WHERE n.nspname = ANY (%(own_schemas)s::text[]) AND p.prokind IN ('f', 'p')
  UNION ALL
  SELECT 'index ' || o.schema || '.' || x.relname, '', 'INDEX ' || o.schema || ' ' || x.relname
    FROM ours AS o
    JOIN pg_catalog.pg_index AS i ON i.indrelid = o.oid AND i.indisvalid
    JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
   WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS c WHERE c.conindid = i.indexrelid AND c.contype <> 'f')
  UNION ALL
  SELECT 'constraint ' || c.conname || ' on ' || o.identity, '',
         CASE c.contype WHEN 'f' THEN 'FK ' ELSE '' END || 'CONSTRAINT ' || o.listed || ' ' || c.conname
    FROM ours AS o
    JOIN pg_catalog.pg_constraint AS c ON c.conrelid = o.oid AND c.conparentid = 0
   WHERE c.contype IN ('p', 'u', 'x', 'f')
  UNION ALL
  SELECT 'policy ' || p.polname || ' on ' || o.identity, '', 'POLICY ' || o.listed || ' ' || p.polname
    FROM ours AS o
    JOIN pg_catalog.pg_policy AS p ON p.polrelid = o.oid
  UNION ALL
  SELECT 'trigger ' || t.tgname || ' on ' || o.identity, '', 'TRIGGER ' || o.listed || ' ' || t.tgname
    FROM ours AS o
    JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = o.oid AND NOT t.tgisinternal AND t.tgparentid = 0
  UNION ALL
  SELECT 'row security of ' || o.identity, '', 'ROW SECURITY ' || o.listed
    FROM ours AS o
   WHERE o.relrowsecurity
)
SELECT object, definition, entry FROM described ORDER BY object COLLATE "C"
