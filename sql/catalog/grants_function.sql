-- Everything granted on a function, its owner's own rights apart; without an ACL everybody may call it.
SELECT (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                 'role', CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(x.grantee)::text END,
                 'privilege', pg_catalog.lower(x.privilege_type)
                              || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END))
          FROM pg_catalog.aclexplode(COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS x
         WHERE x.grantee <> p.proowner) AS entries,
       pg_catalog.pg_get_userbyid(p.proowner)::text AS owner
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
 WHERE n.nspname = %(schema)s AND p.proname = %(name)s AND p.prokind = 'f'
   AND (SELECT COALESCE(pg_catalog.array_agg(pg_catalog.format_type(u.type, NULL) ORDER BY u.position), '{}')
          FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY AS u (type, position)) = %(types)s::text[]
