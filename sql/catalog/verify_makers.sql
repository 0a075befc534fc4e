-- Who of the API's roles may make objects in these schemas: what they make there is offered, or found before ours.
SELECT r.rolname::text AS role, n.nspname::text AS schema
  FROM pg_catalog.pg_namespace AS n
  JOIN pg_catalog.pg_roles AS r ON r.rolname = ANY (%(roles)s::name[])
 WHERE n.nspname = ANY (%(schemas)s::text[]) AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'create')
 ORDER BY 1, 2
