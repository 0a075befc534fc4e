-- Whether each role has each privilege, directly, through PUBLIC or by a role that it inherits from; NULL where the role
-- or the object is not there.
SELECT CASE
         WHEN r.oid IS NULL THEN NULL
         WHEN w.operation = 'execute' THEN pg_catalog.has_function_privilege(r.oid, pg_catalog.to_regprocedure(w.object)::oid, 'execute')
         WHEN w.col <> '' THEN pg_catalog.has_column_privilege(r.oid, c.oid, a.attnum, w.operation)
         WHEN w.operation IN ('select', 'insert', 'update', 'references')
           THEN pg_catalog.has_any_column_privilege(r.oid, c.oid, w.operation)
         ELSE pg_catalog.has_table_privilege(r.oid, c.oid, w.operation)
       END AS allowed
  FROM ROWS FROM (pg_catalog.unnest(%(roles)s::text[]), pg_catalog.unnest(%(objects)s::text[]),
                  pg_catalog.unnest(%(operations)s::text[]), pg_catalog.unnest(%(columns)s::text[]))
       WITH ORDINALITY AS w (role, object, operation, col, position)
  LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = w.role
  LEFT JOIN pg_catalog.pg_namespace AS n
    ON w.operation <> 'execute' AND n.nspname = pg_catalog.split_part(w.object, '.', 1)
  LEFT JOIN pg_catalog.pg_class AS c
    ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(w.object, '.', 2)
  LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = w.col AND NOT a.attisdropped
 ORDER BY w.position
