-- Whom the platform's roles of the API may act as.
SELECT m.rolname::text AS member, g.rolname::text AS role
  FROM pg_catalog.pg_auth_members AS a
  JOIN pg_catalog.pg_roles AS g ON g.oid = a.roleid
  JOIN pg_catalog.pg_roles AS m ON m.oid = a.member
 WHERE m.rolname = ANY (%(roles)s::text[])
 ORDER BY 1, 2
