-- A role's attributes: a superuser has them all. Passwords are not readable and not read.
SELECT rolcanlogin AS login, rolinherit AS inherit, rolbypassrls OR rolsuper AS bypass_rls,
       rolcreaterole OR rolsuper AS create_role, rolcreatedb OR rolsuper AS create_database,
       rolconnlimit AS connection_limit
  FROM pg_catalog.pg_roles
 WHERE rolname = %(name)s
