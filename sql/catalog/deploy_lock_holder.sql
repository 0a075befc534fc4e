-- Who holds the deploy lock, and the session that works under it; a script of psql is both at once. Of a session that has
-- gone meanwhile, and of a statement that we may not see, the columns are null.
WITH holder AS (
  SELECT l.pid
    FROM pg_catalog.pg_locks AS l
   WHERE l.locktype = 'advisory' AND l.classid = %(class)s AND l.objid = %(object)s AND l.objsubid = 2 AND l.granted
     AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
), sessions AS (
  SELECT h.pid, false AS works FROM holder AS h
   UNION ALL
  SELECT l.objid::int, true
    FROM holder AS h
    JOIN pg_catalog.pg_locks AS l ON l.pid = h.pid AND l.locktype = 'advisory' AND l.classid = %(worker)s
                                 AND l.objsubid = 2 AND l.granted
)
SELECT s.pid, s.works, a.usename AS login, a.application_name, a.client_addr::text AS address, a.state,
       pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS since,
       pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.query_start)::int AS seconds,
       a.query, a.wait_event_type, b.phase,
       CASE WHEN b.blocks_total > 0 THEN (100 * b.blocks_done / b.blocks_total)::int END AS percent
  FROM sessions AS s
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = s.pid
  LEFT JOIN pg_catalog.pg_stat_progress_create_index AS b ON b.pid = s.pid
 ORDER BY s.works
