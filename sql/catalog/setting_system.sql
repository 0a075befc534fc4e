-- What the server would use after a reload, where that comes from, and whether some new value waits for its next start.
-- A library's own parameter is not known before the library is loaded: what is written for it waits likewise.
SELECT reset_val AS value, unit, pending_restart,
       context = 'postmaster' AS restart,
       source = 'default' OR sourcefile !~ 'postgresql\.auto\.conf$' AS is_first
  FROM pg_catalog.pg_settings
 WHERE pg_catalog.lower(name) = pg_catalog.lower(%(parameter)s)
 UNION ALL
SELECT pg_catalog.current_setting(%(parameter)s, true), NULL, true, true, false
 WHERE pg_catalog.current_setting(%(parameter)s, true) IS NOT NULL
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_settings WHERE pg_catalog.lower(name) = pg_catalog.lower(%(parameter)s))
