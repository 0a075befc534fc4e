-- The schema in which pg_stat_statements stands; no row where it is not there, or its library is not loaded.
SELECT n.nspname AS name
  FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
 WHERE e.extname = 'pg_stat_statements'
   AND pg_catalog.current_setting('pg_stat_statements.max', true) IS NOT NULL
