-- Sessions that run, wait or idle in a transaction for long, the longest first, and who is in the way of whom.
SELECT a.pid, COALESCE(a.usename, '') AS login, COALESCE(NULLIF(a.application_name, ''), '-') AS application_name,
       COALESCE(a.state, 'hidden') AS state, a.wait_event_type,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp()
         - CASE a.state WHEN 'active' THEN a.query_start ELSE a.state_change END)::float8 AS seconds,
       pg_catalog.pg_blocking_pids(a.pid) AS blockers
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid()
   AND a.datname = pg_catalog.current_database()
   AND (a.state = 'active' OR a.state LIKE 'idle in transaction%%')
   AND CASE a.state WHEN 'active' THEN a.query_start ELSE a.state_change END
       < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => %(seconds)s)
 ORDER BY seconds DESC, a.pid
