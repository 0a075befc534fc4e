-- Everything granted on a schema, its owner's own rights apart.
SELECT (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                 'role', CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(x.grantee)::text END,
                 'privilege', pg_catalog.lower(x.privilege_type)
                              || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END))
          FROM pg_catalog.aclexplode(COALESCE(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) AS x
         WHERE x.grantee <> n.nspowner) AS entries,
       pg_catalog.pg_get_userbyid(n.nspowner)::text AS owner
  FROM pg_catalog.pg_namespace AS n
 WHERE n.nspname = %(name)s
