-- How many connections each role has open to the databases.
SELECT s.usename AS role, pg_catalog.count(*)::int AS used
  FROM pg_catalog.pg_stat_activity AS s
 WHERE s.datname = ANY (%(databases)s) AND s.usename IS NOT NULL
 GROUP BY s.usename
 ORDER BY s.usename
