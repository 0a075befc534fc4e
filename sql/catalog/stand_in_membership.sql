-- set_option came with PostgreSQL 16; before it every member could take the role on.
SELECT m.admin_option AS admin,
       coalesce((pg_catalog.to_jsonb(m) ->> 'set_option')::boolean, true) AS settable
FROM pg_catalog.pg_auth_members AS m
WHERE m.roleid = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = %s)
  AND m.member = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = %s)
