-- The statements of this database that name one of these relations, the slowest first, in milliseconds. The view is
-- found by the search path. Its figures are a mean and a deviation: the 95th percentile is what a normal spread has.
SELECT s.query, s.calls, s.mean_exec_time AS mean, s.max_exec_time AS longest, s.total_exec_time AS total,
       s.mean_exec_time + 1.645 * s.stddev_exec_time AS p95, s.rows::float / s.calls AS rows,
       s.shared_blks_hit + s.shared_blks_read AS blocks
  FROM pg_stat_statements AS s
 WHERE s.dbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
   AND s.calls >= %(calls)s
   AND s.query ~* '^\s*(WITH|SELECT|INSERT|UPDATE|DELETE)\y'
   AND s.query ~ %(relations)s
 ORDER BY p95 DESC, s.query
 LIMIT %(limit)s
