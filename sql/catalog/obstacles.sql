-- Whose transactions hold which locks on these relations; of an autovacuum also its statement.
SELECT DISTINCT u.name AS relation, l.mode, a.pid, a.xact_start, a.usename AS login, a.application_name, a.state,
       pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start)::int AS seconds,
       CASE WHEN a.backend_type = 'autovacuum worker' OR (a.usename IS NULL AND v.pid IS NOT NULL)
            THEN a.query END AS autovacuum
  FROM pg_catalog.unnest(%(relations)s::text[]) AS u (name)
  JOIN pg_catalog.pg_locks AS l
    ON l.locktype = 'relation' AND l.granted AND l.relation = pg_catalog.to_regclass(u.name)::oid
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
  JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
  LEFT JOIN pg_catalog.pg_stat_progress_vacuum AS v ON v.pid = a.pid
 WHERE l.pid <> pg_catalog.pg_backend_pid()
 ORDER BY a.xact_start
