-- Our tables by name: which are gone, and on which row security is off or not forced.
SELECT u.name, c.oid IS NULL AS gone, NOT (c.relrowsecurity AND c.relforcerowsecurity) AS unprotected
  FROM pg_catalog.unnest(%(tables)s::text[]) AS u (name)
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(u.name)
 WHERE c.oid IS NULL OR NOT (c.relrowsecurity AND c.relforcerowsecurity)
 ORDER BY u.name
