-- A trigger; the bits of tgtype are 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate, 64 instead.
-- What a definition cannot say (columns, arguments) is said in words that equal none of a definition's.
SELECT CASE WHEN t.tgtype & 64 = 64 THEN 'instead of' WHEN t.tgtype & 2 = 2 THEN 'before' ELSE 'after' END AS timing,
       pg_catalog.array_remove(ARRAY[CASE WHEN t.tgtype & 4 = 4 THEN 'insert' END,
                                     CASE WHEN t.tgtype & 8 = 8 THEN 'delete' END,
                                     CASE WHEN t.tgtype & 16 = 16
                                          THEN CASE WHEN t.tgattr = '' THEN 'update' ELSE 'update of columns' END END,
                                     CASE WHEN t.tgtype & 32 = 32 THEN 'truncate' END], NULL) AS events,
       CASE WHEN t.tgtype & 1 = 1 THEN 'row' ELSE 'statement' END AS for_each,
       t.tgoldtable::text AS old_table,
       t.tgnewtable::text AS new_table,
       fn.nspname || '.' || f.proname || CASE WHEN t.tgnargs > 0 THEN '(with arguments)' ELSE '' END AS function,
       t.tgenabled = 'O' AS enabled,
       pg_catalog.pg_get_triggerdef(t.oid) AS definition
  FROM pg_catalog.pg_trigger AS t
  JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_proc AS f ON f.oid = t.tgfoid
  JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.pronamespace
 WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND t.tgname = %(name)s AND NOT t.tgisinternal
