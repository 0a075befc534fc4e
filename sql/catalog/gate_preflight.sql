-- What is not as it must be before anybody is let in, by topic: tables, indexes, row security, grants.
WITH ours AS (
  SELECT w.relation, c.oid, c.relrowsecurity, c.relforcerowsecurity, c.relacl, c.relowner
    FROM pg_catalog.unnest(%(relations)s::text[]) AS w (relation)
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = pg_catalog.split_part(w.relation, '.', 1)
    LEFT JOIN pg_catalog.pg_class AS c
      ON c.relnamespace = n.oid AND c.relname = pg_catalog.split_part(w.relation, '.', 2) AND c.relkind IN ('r', 'p')
), granted AS (
  SELECT o.relation, a.grantee
    FROM ours AS o CROSS JOIN LATERAL pg_catalog.aclexplode(o.relacl) AS a
   UNION
  SELECT o.relation, a.grantee
    FROM ours AS o
    JOIN pg_catalog.pg_attribute AS t ON t.attrelid = o.oid AND NOT t.attisdropped
   CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) AS a
)
SELECT 'table' AS topic, o.relation || ' is not there' AS finding FROM ours AS o WHERE o.oid IS NULL
 UNION ALL
SELECT 'index', i.indexrelid::pg_catalog.regclass || ' is invalid'
  FROM ours AS o JOIN pg_catalog.pg_index AS i ON i.indrelid = o.oid WHERE NOT i.indisvalid OR NOT i.indisready
 UNION ALL
SELECT 'row security', o.relation || ' has row security ' || CASE WHEN o.relrowsecurity THEN 'not forced' ELSE 'off' END
  FROM ours AS o WHERE o.oid IS NOT NULL AND NOT (o.relrowsecurity AND o.relforcerowsecurity)
 UNION ALL
SELECT 'grant', g.relation || ' is granted to ' || COALESCE(r.rolname, 'PUBLIC')
  FROM granted AS g LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = g.grantee
 WHERE g.grantee = 0 OR r.rolname = %(anon)s
 ORDER BY 1, 2
