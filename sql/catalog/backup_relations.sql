-- Every relation of the schemas that hold something of the pipeline, and whether it is the pipeline's:
-- all of its own schemas, in public what has its names, and their partitions and sequences wherever they are.
WITH RECURSIVE named AS (
  SELECT c.oid
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname = ANY (%(own_schemas)s::text[])
      OR (n.nspname = 'public' AND c.relname = ANY (%(names)s::text[]))
  UNION
  SELECT i.inhrelid
    FROM named
    JOIN pg_catalog.pg_inherits AS i ON i.inhparent = named.oid
), ours AS (
  SELECT oid FROM named
  UNION
  SELECT d.objid
    FROM named
    JOIN pg_catalog.pg_depend AS d ON d.refobjid = named.oid
   WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
     AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
     AND d.deptype IN ('a', 'i')
)
SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, ours.oid IS NOT NULL AS ours
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN ours ON ours.oid = c.oid
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
   AND c.relnamespace IN (SELECT o.relnamespace FROM pg_catalog.pg_class AS o JOIN ours ON ours.oid = o.oid)
 ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
