-- What stands beside our objects in the same schemas and is open to visitors or to anybody who is signed in: tables
-- without row security, and views that read our tables past it, with their owner's rights or as a copy.
WITH RECURSIVE
open_to AS (
  SELECT r.oid, r.rolname::text AS role FROM pg_catalog.pg_roles AS r WHERE r.rolname = ANY (%(roles)s::name[])
),
reading AS (
  SELECT c.oid
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname || '.' || c.relname = ANY (%(relations)s::text[])
   UNION
  SELECT r.ev_class
    FROM reading AS of
    JOIN pg_catalog.pg_depend AS d ON d.refobjid = of.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
                                  AND d.classid = 'pg_catalog.pg_rewrite'::regclass
    JOIN pg_catalog.pg_rewrite AS r ON r.oid = d.objid
),
bare AS (
  SELECT c.oid, n.oid AS schema, n.nspname || '.' || c.relname AS name,
         CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END AS what
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname = ANY (%(schemas)s::text[])
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     AND (c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
          OR c.relkind = 'm' AND c.oid IN (SELECT oid FROM reading)
          OR c.relkind = 'v' AND c.oid IN (SELECT oid FROM reading)
             AND NOT COALESCE((SELECT o.option_value::boolean FROM pg_catalog.pg_options_to_table(c.reloptions) AS o
                                WHERE o.option_name = 'security_invoker'), false))
)
SELECT b.what, b.name, pg_catalog.string_agg(o.role, ', ' ORDER BY o.role) AS roles
  FROM bare AS b
  JOIN open_to AS o ON pg_catalog.has_schema_privilege(o.oid, b.schema, 'USAGE')
                   AND (pg_catalog.has_table_privilege(o.oid, b.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
                        OR pg_catalog.has_any_column_privilege(o.oid, b.oid, 'SELECT, INSERT, UPDATE'))
 GROUP BY b.what, b.name
 ORDER BY b.what, b.name
