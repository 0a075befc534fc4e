-- What a definition never gives a function, and what would let it tell or do more than it should.
SELECT w.identity AS function,
       CASE WHEN p.proleakproof THEN 'it is LEAKPROOF: it sees rows before row security hides them'
            ELSE 'it runs with settings of its own: ' || pg_catalog.array_to_string(p.proconfig, ', ') END AS said
  FROM pg_catalog.unnest(%(functions)s::text[]) AS w (identity)
  JOIN pg_catalog.pg_proc AS p ON p.oid = pg_catalog.to_regprocedure(w.identity)
 WHERE p.proleakproof
    OR EXISTS (SELECT FROM pg_catalog.unnest(p.proconfig) AS s (setting) WHERE s.setting NOT LIKE 'search_path=%%')
 ORDER BY 1
