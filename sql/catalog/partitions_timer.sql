-- Whether pg_cron stands in this database, and whether we may ask it for anything.
SELECT pg_catalog.has_schema_privilege('cron', 'USAGE')
       AND pg_catalog.has_table_privilege('cron.job', 'SELECT') AS usable
  FROM pg_catalog.pg_extension AS e
 WHERE e.extname = 'pg_cron' AND pg_catalog.to_regclass('cron.job') IS NOT NULL
