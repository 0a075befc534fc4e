-- A view with its query as the server spells it.
SELECT pg_catalog.pg_get_userbyid(c.relowner) AS owner, pg_catalog.pg_get_viewdef(c.oid) AS query,
       COALESCE((SELECT o.option_value::bool FROM pg_catalog.pg_options_to_table(c.reloptions) AS o
                  WHERE o.option_name = 'security_invoker'), false) AS security_invoker,
       COALESCE((SELECT o.option_value::bool FROM pg_catalog.pg_options_to_table(c.reloptions) AS o
                  WHERE o.option_name = 'security_barrier'), false) AS security_barrier
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND c.relname = %(name)s AND c.relkind = 'v'
