-- A parameter as set for a role in all databases or in one, or for a database and all roles.
SELECT pg_catalog.substr(item, pg_catalog.length(%(parameter)s) + 2) AS value,
       (SELECT p.unit FROM pg_catalog.pg_settings AS p WHERE pg_catalog.lower(p.name) = pg_catalog.lower(%(parameter)s)) AS unit
  FROM pg_catalog.pg_db_role_setting AS s
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
  LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
 CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS item
 WHERE pg_catalog.lower(pg_catalog.split_part(item, '=', 1)) = pg_catalog.lower(%(parameter)s)
   AND CASE %(scope)s WHEN 'role' THEN r.rolname = %(target)s AND s.setdatabase = 0
                      WHEN 'role-in-database' THEN r.rolname = %(target)s AND d.datname = %(database)s
                      ELSE d.datname = %(target)s AND s.setrole = 0 END
