-- Who may act as one of these roles, and as whom these may act, whoever asks included.
SELECT DISTINCT granted.rolname::text AS role, member.rolname::text AS member
  FROM pg_catalog.pg_auth_members AS m
  JOIN pg_catalog.pg_roles AS granted ON granted.oid = m.roleid
  JOIN pg_catalog.pg_roles AS member ON member.oid = m.member
 WHERE granted.rolname = ANY (%(roles)s::name[]) OR member.rolname = ANY (%(roles)s::name[])
 ORDER BY 1, 2
