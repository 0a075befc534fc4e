-- What of the pipeline stands in a database, each by its kind and a name that says what it is.
-- Our own record of what was applied is left out: nobody else has one.
WITH here AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname IN ('public', 'pipeline_private')
),
relation AS (
    SELECT o.*, format('%I.%I', h.nspname, o.relname) AS name
      FROM pg_class AS o JOIN here AS h ON h.oid = o.relnamespace
     WHERE o.relname NOT LIKE 'applied%'
)
SELECT CASE WHEN relkind IN ('r', 'p') THEN 'table' WHEN relkind IN ('i', 'I') THEN 'index' ELSE 'view' END AS kind, name
  FROM relation WHERE relkind IN ('r', 'p', 'i', 'I', 'v')
UNION ALL
SELECT 'row security', name FROM relation WHERE relrowsecurity AND relforcerowsecurity
UNION ALL
SELECT 'policy', format('%s.%I', r.name, p.polname) FROM pg_policy AS p JOIN relation AS r ON r.oid = p.polrelid
UNION ALL
SELECT 'trigger', format('%s.%I', r.name, t.tgname)
  FROM pg_trigger AS t JOIN relation AS r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL
SELECT 'function', format('%I.%I', h.nspname, f.proname) FROM pg_proc AS f JOIN here AS h ON h.oid = f.pronamespace
UNION ALL
SELECT 'grant', format('%s %s to %s', a.privilege_type, r.name, a.grantee::regrole)
  FROM relation AS r, aclexplode(r.relacl) AS a WHERE a.grantee <> r.relowner AND a.grantee <> 0
UNION ALL
SELECT 'grant', format('%s %s.%I to %s', a.privilege_type, r.name, c.attname, a.grantee::regrole)
  FROM pg_attribute AS c JOIN relation AS r ON r.oid = c.attrelid, aclexplode(c.attacl) AS a WHERE a.grantee <> 0
