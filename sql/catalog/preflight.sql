-- What a server is like, for whoever is about to deploy to it. Sizes are in bytes, times in seconds.
SELECT pg_catalog.clock_timestamp() AS clock,
       pg_catalog.current_setting('max_connections')::int AS max_connections,
       pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')) AS shared_buffers,
       (SELECT s.ssl FROM pg_catalog.pg_stat_ssl AS s WHERE s.pid = pg_catalog.pg_backend_pid()) AS encrypted,
       pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
       d.datcollate AS collation,
       d.datcollversion AS collation_then,
       pg_catalog.pg_database_collation_actual_version(d.oid) AS collation_now,
       pg_catalog.age(d.datfrozenxid) AS oldest_transaction,
       pg_catalog.to_regprocedure('auth.uid()') IS NOT NULL
         AND pg_catalog.to_regclass('auth.users') IS NOT NULL AS platform,
       ARRAY(SELECT w.name FROM pg_catalog.unnest(%(roles)s::text[]) AS w (name)
              WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = w.name)) AS roles_missing,
       (SELECT r.rolcreaterole FROM pg_catalog.pg_roles AS r WHERE r.rolname = SESSION_USER) AS creates_roles,
       (SELECT r.rolbypassrls FROM pg_catalog.pg_roles AS r WHERE r.rolname = SESSION_USER) AS passes_by,
       pg_catalog.has_database_privilege(d.oid, 'CREATE') AS creates_schemas,
       ARRAY(SELECT w.name FROM pg_catalog.unnest(%(extensions)s::text[]) AS w (name)
              WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = w.name)) AS extensions_missing,
       ARRAY(SELECT w.name FROM pg_catalog.unnest(%(extensions)s::text[]) AS w (name)
              WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions AS e WHERE e.name = w.name)) AS extensions_absent,
       ARRAY(SELECT a.application_name || ' ' || COALESCE(a.state, '') || ', '
                    || COALESCE(pg_catalog.round(EXTRACT(epoch FROM a.replay_lag)), 0) || ' s behind'
               FROM pg_catalog.pg_stat_replication AS a
              WHERE a.replay_lag > pg_catalog.make_interval(secs => %(lag)s) ORDER BY 1) AS replicas_behind,
       (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_replication AS a) AS replicas,
       ARRAY(SELECT s.slot_name || ' ' || COALESCE(s.wal_status, '') || ', ' || pg_catalog.pg_size_pretty(
                      CASE WHEN pg_catalog.pg_is_in_recovery() THEN 0
                           ELSE pg_catalog.pg_current_wal_lsn() - s.restart_lsn END) || ' kept'
               FROM pg_catalog.pg_replication_slots AS s
              WHERE NOT s.active AND (s.wal_status IN ('unreserved', 'lost')
                 OR (NOT pg_catalog.pg_is_in_recovery()
                     AND pg_catalog.pg_current_wal_lsn() - s.restart_lsn > %(kept)s)) ORDER BY 1) AS slots_left,
       ARRAY(SELECT 'pid ' || a.pid || ' (' || COALESCE(a.usename, '') || ', ' || COALESCE(NULLIF(a.application_name, ''), '-')
                    || ', ' || COALESCE(a.state, 'hidden') || '): '
                    || pg_catalog.round(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)) || ' s'
               FROM pg_catalog.pg_stat_activity AS a
              WHERE a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid()
                AND a.xact_start < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => %(long)s)
              ORDER BY a.xact_start) AS long_transactions,
       ARRAY(SELECT p.gid || ' (' || p.owner || ')' FROM pg_catalog.pg_prepared_xacts AS p
              WHERE p.database = d.datname
                AND p.prepared < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => %(long)s)
              ORDER BY p.prepared) AS prepared_left
  FROM pg_catalog.pg_database AS d
 WHERE d.datname = pg_catalog.current_database()
