-- What the platform's roles of the API have that would reach past row security or grants. On a platform that has no
-- such role there is nothing to find.
SELECT r.rolname::text AS role, f.said
  FROM pg_catalog.pg_roles AS r
 CROSS JOIN LATERAL (VALUES
         (r.rolsuper, 'it is a superuser'),
         (r.rolbypassrls AND r.rolname <> %(bypassing)s, 'it passes row security by (BYPASSRLS)'),
         (r.rolreplication, 'it may replicate, and so read everything (REPLICATION)'),
         (r.rolcreaterole, 'it may make roles (CREATEROLE)'),
         (r.rolinherit AND r.rolname = %(api)s,
          'it has the rights of the roles that it takes without taking them (INHERIT)')) AS f (found, said)
 WHERE r.rolname = ANY (%(roles)s::text[]) AND f.found
 UNION ALL
-- Owners do what they like with what is theirs.
SELECT r.rolname::text, 'it owns ' || s.nspname || '.' || c.relname
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
  JOIN pg_catalog.pg_roles AS r ON r.oid = c.relowner
 WHERE r.rolname = ANY (%(roles)s::text[]) AND s.nspname = ANY (%(schemas)s::text[])
 ORDER BY 1, 2
