-- Who holds a lock on one of these relations, oldest transaction first; of an autovacuum also its statement.
SELECT DISTINCT a.pid, a.usename AS login, a.application_name, a.state, a.xact_start,
       pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start)::int AS seconds,
       CASE WHEN a.backend_type = 'autovacuum worker' OR (a.usename IS NULL AND v.pid IS NOT NULL)
            THEN a.query END AS autovacuum
  FROM pg_catalog.pg_locks AS l
  JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
  LEFT JOIN pg_catalog.pg_stat_progress_vacuum AS v ON v.pid = a.pid
 WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_catalog.pg_backend_pid()
   AND l.relation = ANY (SELECT pg_catalog.to_regclass(u.name)::oid FROM pg_catalog.unnest(%(relations)s::text[]) AS u (name))
 ORDER BY a.xact_start
 LIMIT 3
