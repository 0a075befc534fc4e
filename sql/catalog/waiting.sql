-- What a backend is at: the phase of its index build, and whoever keeps it waiting, one row each. Of an autovacuum the
-- login is null; its statement says whether it is against wraparound. What we may not see is null.
SELECT b.phase, CASE WHEN b.blocks_total > 0 THEN (100 * b.blocks_done / b.blocks_total)::int END AS percent,
       a.pid, a.usename AS login, a.application_name, a.state,
       pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start)::int AS seconds,
       CASE WHEN a.backend_type = 'autovacuum worker' OR (a.usename IS NULL AND v.pid IS NOT NULL)
            THEN a.query END AS autovacuum
  FROM (VALUES (%(pid)s::int)) AS w (pid)
  LEFT JOIN pg_catalog.pg_stat_progress_create_index AS b ON b.pid = w.pid
  LEFT JOIN LATERAL (
         SELECT u.pid FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) AS u (pid)
          UNION
         SELECT b.current_locker_pid::int WHERE b.current_locker_pid <> 0) AS k (pid) ON true
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = k.pid
  LEFT JOIN pg_catalog.pg_stat_progress_vacuum AS v ON v.pid = a.pid
 ORDER BY a.xact_start
 LIMIT 3
