-- The login, the owner of the database, and which of the roles asked about are superusers.
SELECT current_user AS login,
       (SELECT pg_catalog.pg_get_userbyid(datdba)
        FROM pg_catalog.pg_database
        WHERE datname = pg_catalog.current_database()) AS owner,
       ARRAY(SELECT rolname::text
             FROM pg_catalog.pg_roles
             WHERE rolsuper AND (rolname = current_user OR rolname = ANY(%s))) AS superusers
