-- Views of others on our relations that run with their owner's rights, or keep a copy, and that a role of the API reads.
SELECT DISTINCT CASE v.relkind WHEN 'm' THEN 'materialised view' ELSE 'view' END AS kind,
       vn.nspname || '.' || v.relname AS view, n.nspname || '.' || c.relname AS relation, r.rolname::text AS role
  FROM pg_catalog.pg_rewrite AS w
  JOIN pg_catalog.pg_class AS v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
  JOIN pg_catalog.pg_namespace AS vn ON vn.oid = v.relnamespace
  JOIN pg_catalog.pg_depend AS d
    ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
   AND d.refobjid <> v.oid
  JOIN pg_catalog.pg_class AS c ON c.oid = d.refobjid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY (%(roles)s::name[])
 WHERE n.nspname || '.' || c.relname = ANY (%(relations)s::text[])
   AND vn.nspname || '.' || v.relname <> ALL (%(declared)s::text[])
   AND NOT COALESCE((SELECT o.option_value::bool FROM pg_catalog.pg_options_to_table(v.reloptions) AS o
                      WHERE o.option_name = 'security_invoker'), false)
   AND pg_catalog.has_any_column_privilege(r.oid, v.oid, 'select')
 ORDER BY 2, 3, 4
