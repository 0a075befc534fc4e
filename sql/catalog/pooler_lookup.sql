-- The function that PgBouncer asks for a login, as it must be: its owner's rights, a pinned search_path, for one role alone.
SELECT p.prosecdef AS definer,
       COALESCE('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false) AS pinned,
       pg_catalog.has_function_privilege(%(role)s, p.oid, 'EXECUTE') AS callable,
       ARRAY (SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END
                FROM pg_catalog.aclexplode(COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a
               WHERE a.privilege_type = 'EXECUTE' AND a.grantee <> p.proowner
                 AND (a.grantee = 0 OR pg_catalog.pg_get_userbyid(a.grantee) <> %(role)s)) AS others
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
 WHERE n.nspname = 'pooler' AND p.proname = 'login_of'
   AND p.pronargs = 1 AND p.proargtypes[0] = 'pg_catalog.text'::pg_catalog.regtype
   AND EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = %(role)s)
