-- A function by its name and the types of its arguments.
SELECT pg_catalog.pg_get_userbyid(p.proowner) AS owner, l.lanname AS language, p.prosrc AS body,
       (CASE WHEN p.proretset THEN 'setof ' ELSE '' END) || pg_catalog.format_type(p.prorettype, NULL) AS returns,
       CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS volatility,
       CASE WHEN p.prosecdef THEN 'definer' ELSE 'invoker' END AS security,
       (SELECT pg_catalog.substr(item, 13) FROM pg_catalog.unnest(p.proconfig) AS item
         WHERE item LIKE 'search_path=%%') AS search_path,
       COALESCE((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                 'name', COALESCE(p.proargnames[u.position], ''), 'type', pg_catalog.format_type(u.type, NULL))
               ORDER BY u.position)
          FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY AS u (type, position)), '[]') AS arguments
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
 WHERE n.nspname = %(schema)s AND p.proname = %(name)s AND p.prokind = 'f'
   AND (SELECT COALESCE(pg_catalog.array_agg(pg_catalog.format_type(u.type, NULL) ORDER BY u.position), '{}')
          FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY AS u (type, position)) = %(types)s::text[]
