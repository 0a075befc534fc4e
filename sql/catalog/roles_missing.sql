-- Which of these roles are not there.
SELECT wanted.name
  FROM pg_catalog.unnest(%(names)s::text[]) AS wanted (name)
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = wanted.name)
