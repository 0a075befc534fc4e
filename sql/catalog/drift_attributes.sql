-- Attributes of these roles that no definition has.
SELECT r.rolname::text AS role, r.rolsuper AS superuser, r.rolreplication AS replication
  FROM pg_catalog.pg_roles AS r
 WHERE r.rolname = ANY (%(roles)s::name[]) AND (r.rolsuper OR r.rolreplication)
 ORDER BY 1
