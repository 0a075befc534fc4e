-- Parts of divided tables, and months of them that retention has moved to the archive, that can be reached by themselves:
-- row security is not forced on them, somebody may use them, or they are not their table's owner's.
WITH ours AS (
  SELECT c.oid, c.relname, c.relowner, n.nspname || '.' || c.relname AS place
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname || '.' || c.relname = ANY (%(relations)s::text[]) AND c.relkind = 'p'
)
SELECT n.nspname || '.' || c.relname AS leaf, o.place AS relation,
       COALESCE((SELECT pg_catalog.string_agg(DISTINCT CASE x.grantee WHEN 0 THEN 'everybody'
                                                       ELSE pg_catalog.pg_get_userbyid(x.grantee)::text END, ', ')
                   FROM pg_catalog.aclexplode(c.relacl) AS x
                  WHERE x.grantee <> c.relowner), '') AS grantees
  FROM ours AS o
  JOIN pg_catalog.pg_class AS c ON c.relkind = 'r'
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE (EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = c.oid AND h.inhparent = o.oid)
        OR n.nspname = %(archive)s AND c.relname ~ ('^' || o.relname || '_p[0-9]{8}$'))
   AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND c.relowner = o.relowner
            AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) AS x WHERE x.grantee <> c.relowner))
 ORDER BY 1
