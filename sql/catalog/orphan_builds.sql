-- Index builds of a deploy that nobody holds the deploy lock for: what a killed run has left on the server.
SELECT a.pid, true AS works, a.usename AS login, a.application_name, a.client_addr::text AS address, a.state,
       pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS since,
       pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.query_start)::int AS seconds,
       a.query, a.wait_event_type, b.phase,
       CASE WHEN b.blocks_total > 0 THEN (100 * b.blocks_done / b.blocks_total)::int END AS percent
  FROM pg_catalog.pg_stat_progress_create_index AS b
  JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b.pid
 WHERE a.datname = pg_catalog.current_database() AND a.application_name LIKE 'rollout %%'
   AND a.pid <> pg_catalog.pg_backend_pid()
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks AS l
                    WHERE l.locktype = 'advisory' AND l.classid = %(worker)s AND l.objid = a.pid AND l.objsubid = 2
                      AND l.granted)
