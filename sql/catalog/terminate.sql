-- End a session and wait until it is gone, so many milliseconds at most.
SELECT pg_catalog.pg_terminate_backend(%(pid)s, %(milliseconds)s) AS gone
