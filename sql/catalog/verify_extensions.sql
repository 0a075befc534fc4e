-- Extensions whose objects stand among those that the API offers.
SELECT e.extname::text AS name, n.nspname::text AS schema
  FROM pg_catalog.pg_extension AS e
  JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
 WHERE n.nspname = %(schema)s
 ORDER BY 1
