-- How many connections are taken, of how many, and by whom most of them.
SELECT pg_catalog.count(*)::int AS used, pg_catalog.current_setting('max_connections')::int AS room,
       (SELECT pg_catalog.string_agg(t.login || ' ' || t.used, ', ')
          FROM (SELECT COALESCE(a.usename, 'unknown') AS login, pg_catalog.count(*) AS used
                  FROM pg_catalog.pg_stat_activity AS a
                 WHERE a.backend_type IS NULL OR a.backend_type = 'client backend'
                 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3) AS t) AS top,
       (SELECT NULLIF(r.rolconnlimit, -1) FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER) AS role_room
  FROM pg_catalog.pg_stat_activity AS s
 WHERE s.backend_type IS NULL OR s.backend_type = 'client backend'
