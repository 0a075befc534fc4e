-- Whether we may change a parameter there, and whose server this is.
SELECT CASE %(scope)s
       WHEN 'system' THEN pg_catalog.has_parameter_privilege(%(parameter)s, 'ALTER SYSTEM')
       ELSE (SELECT context <> 'superuser' OR pg_catalog.has_parameter_privilege(%(parameter)s, 'SET')
               FROM pg_catalog.pg_settings
              WHERE pg_catalog.lower(name) = pg_catalog.lower(%(parameter)s)) END AS may_set,
       EXISTS (SELECT FROM pg_catalog.pg_database
                WHERE datname = %(target)s AND NOT pg_catalog.pg_has_role(datdba, 'USAGE')) AS is_others_database,
       CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'rdsadmin') THEN 'rds'
            WHEN EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'supabase_admin') THEN 'supabase'
            ELSE 'plain' END AS platform
