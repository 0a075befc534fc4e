-- The backend that serves this statement, and which cluster and database it is in.
SELECT pg_catalog.pg_backend_pid() AS pid,
       (SELECT c.system_identifier::text FROM pg_catalog.pg_control_system() AS c) AS system_identifier,
       pg_catalog.current_database() AS database
