-- What the server would use after its next start, and whether one is due. `set` tells a value from the default.
SELECT reset_val AS value, unit, vartype, pending_restart, reset_val IS DISTINCT FROM boot_val AS set
  FROM pg_catalog.pg_settings
 WHERE name = pg_catalog.lower(%(parameter)s)
