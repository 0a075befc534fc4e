SELECT b.pid, b.phase, a.application_name, a.usename AS login,
       pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.query_start)::int AS seconds,
       CASE WHEN b.blocks_total > 0 THEN (100 * b.blocks_done / b.blocks_total)::int END AS percent
  FROM pg_catalog.pg_stat_progress_create_index AS b
  JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b.pid
 WHERE b.pid = %(pid)s
