-- How many connections the server has, and how many of them it keeps for its superusers and for a role of its own.
SELECT pg_catalog.current_setting('max_connections')::int AS room,
       pg_catalog.current_setting('superuser_reserved_connections')::int
         + COALESCE(pg_catalog.current_setting('reserved_connections', true)::int, 0) AS reserved,
       (SELECT pending_restart FROM pg_catalog.pg_settings WHERE name = 'max_connections') AS pending
