-- What the server would use after a reload, and whether some new value waits for its next start.
SELECT reset_val AS value, unit, vartype, pending_restart
  FROM pg_catalog.pg_settings
 WHERE pg_catalog.lower(name) = pg_catalog.lower(%(parameter)s)
