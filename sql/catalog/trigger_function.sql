-- What the function without arguments returns that a trigger is to call.
SELECT pg_catalog.format_type(p.prorettype, NULL) AS returns
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
 WHERE n.nspname = %(schema)s AND p.proname = %(name)s AND p.prokind = 'f' AND p.pronargs = 0
