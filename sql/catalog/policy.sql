-- A policy with its expressions as the server spells them.
SELECT CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                     WHEN 'd' THEN 'delete' ELSE 'all' END AS command,
       p.polpermissive AS permissive,
       (SELECT pg_catalog.json_agg(CASE u.role WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(u.role)::text END
                                   ORDER BY u.position)
          FROM pg_catalog.unnest(p.polroles) WITH ORDINALITY AS u (role, position)) AS roles,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using,
       pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check
  FROM pg_catalog.pg_policy AS p
  JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND p.polname = %(name)s
