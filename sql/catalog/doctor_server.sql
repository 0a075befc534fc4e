-- How the server fares since its statistics were last reset: connections, cache, sorts on disk, deadlocks.
SELECT d.stats_reset,
       EXTRACT(epoch FROM pg_catalog.now() - d.stats_reset)::float8 AS seconds,
       d.blks_hit, d.blks_read, d.temp_bytes, d.deadlocks,
       (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_activity AS a WHERE a.backend_type = 'client backend') AS used,
       pg_catalog.current_setting('max_connections')::int AS room,
       EXTRACT(epoch FROM pg_catalog.current_setting('log_min_duration_statement')::interval)::float8 AS logged_from
  FROM pg_catalog.pg_stat_database AS d
 WHERE d.datname = pg_catalog.current_database()
