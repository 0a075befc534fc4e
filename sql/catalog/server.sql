-- What decides whether a deploy may begin. `read_only` is as the session began: our own is set to write.
SELECT pg_catalog.pg_is_in_recovery() AS standby,
       (SELECT s.reset_val = 'on' FROM pg_catalog.pg_settings AS s WHERE s.name = 'default_transaction_read_only') AS read_only,
       pg_catalog.current_setting('max_connections')::int AS max_connections,
       pg_catalog.current_setting('superuser_reserved_connections')::int
         + COALESCE(pg_catalog.current_setting('reserved_connections', true)::int, 0) AS reserved,
       (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_activity AS a WHERE a.backend_type = 'client backend') AS used,
       r.rolname AS login, r.rolsuper AS superuser, r.rolconnlimit AS role_limit,
       (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_activity AS a WHERE a.usesysid = r.oid) AS role_used,
       d.datconnlimit AS database_limit,
       (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_activity AS a
         WHERE a.datid = d.oid AND a.backend_type = 'client backend') AS database_used,
       (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_activity AS a
         WHERE a.usesysid = r.oid AND a.datid = d.oid
           AND a.application_name IN ('rollout pulumi-postgresql', 'Terraform provider')) AS beside_us,
       (SELECT pg_catalog.string_agg(u.login || ' ' || u.number, ', ' ORDER BY u.number DESC, u.login)
          FROM (SELECT a.usename::text AS login, pg_catalog.count(*) AS number
                  FROM pg_catalog.pg_stat_activity AS a
                 WHERE a.backend_type = 'client backend' AND a.usename IS NOT NULL
                 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3) AS u) AS top,
       pg_catalog.to_regproc('rds_tools.show_topology') IS NOT NULL AS rds_topology,
       pg_catalog.to_regproc('pg_catalog.get_blue_green_fast_switchover_metadata') IS NOT NULL AS aurora_topology
  FROM pg_catalog.pg_roles AS r, pg_catalog.pg_database AS d
 WHERE r.rolname = SESSION_USER AND d.datname = pg_catalog.current_database()
