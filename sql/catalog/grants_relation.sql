-- Everything granted on a relation and its columns, its owner's own rights apart.
WITH relation AS (
  SELECT c.oid, c.relowner, c.relacl
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname = %(schema)s AND c.relname = %(name)s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
), granted AS (
  SELECT x.grantee, x.privilege_type, x.is_grantable, NULL::text AS attname, 0 AS attnum
    FROM relation AS r CROSS JOIN LATERAL pg_catalog.aclexplode(r.relacl) AS x
   WHERE x.grantee <> r.relowner
   UNION ALL
  SELECT x.grantee, x.privilege_type, x.is_grantable, a.attname::text, a.attnum
    FROM relation AS r
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND NOT a.attisdropped
   CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) AS x
   WHERE x.grantee <> r.relowner
)
SELECT (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('role', e.role, 'privilege', e.privilege,
                                                                'columns', e.columns))
          FROM (SELECT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(g.grantee)::text END AS role,
                       pg_catalog.lower(g.privilege_type)
                         || CASE WHEN g.is_grantable THEN ' with grant option' ELSE '' END AS privilege,
                       COALESCE(pg_catalog.json_agg(g.attname ORDER BY g.attnum) FILTER (WHERE g.attname IS NOT NULL),
                                '[]') AS columns
                  FROM granted AS g
                 GROUP BY g.grantee, g.privilege_type, g.is_grantable, g.attname IS NULL) AS e) AS entries,
       (SELECT pg_catalog.json_agg(p.polname ORDER BY p.polname)
          FROM pg_catalog.pg_policy AS p WHERE p.polrelid = r.oid) AS policies,
       (SELECT pg_catalog.json_agg(p.polname ORDER BY p.polname)
          FROM pg_catalog.pg_policy AS p
         WHERE p.polrelid = r.oid AND p.polcmd IN ('a', 'w', 'd', '*') AND p.polpermissive) AS writing_policies,
       pg_catalog.pg_get_userbyid(r.relowner)::text AS owner
  FROM relation AS r
