-- Relations of ours, and whatever stands in our closed schemas, of which PUBLIC or a stranger's role has a privilege.
SELECT DISTINCT n.nspname || '.' || c.relname AS relation
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL (
         SELECT r.grantee FROM pg_catalog.aclexplode(c.relacl) AS r
          UNION ALL
         SELECT r.grantee FROM pg_catalog.pg_attribute AS a CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) AS r
          WHERE a.attrelid = c.oid AND NOT a.attisdropped) AS x
 WHERE (n.nspname = ANY (%(schemas)s::text[]) OR n.nspname || '.' || c.relname = ANY (%(relations)s::text[]))
   AND (x.grantee = 0 OR pg_catalog.pg_get_userbyid(x.grantee) = ANY (%(strangers)s::text[]))
 ORDER BY relation
