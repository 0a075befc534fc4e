-- The places for connections: how many are taken, and how many there are for logins without privileges.
SELECT (SELECT pg_catalog.sum(d.numbackends)::int FROM pg_catalog.pg_stat_database AS d) AS used,
       pg_catalog.current_setting('max_connections')::int
       - pg_catalog.current_setting('superuser_reserved_connections')::int
       -- The setting came with 16.
       - COALESCE(pg_catalog.current_setting('reserved_connections', true), '0')::int AS places
