-- The schema of this session's temporary objects.
SELECT n.nspname::text AS name FROM pg_catalog.pg_namespace AS n WHERE n.oid = pg_catalog.pg_my_temp_schema()
