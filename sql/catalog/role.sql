-- A role's attributes. Passwords are not readable and not read.
SELECT rolcanlogin AS login, rolinherit AS inherit, rolbypassrls AS bypass_rls, rolcreaterole AS create_role,
       rolcreatedb AS create_database, rolconnlimit AS connection_limit
  FROM pg_catalog.pg_roles
 WHERE rolname = %(name)s
