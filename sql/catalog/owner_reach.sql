-- Whether we may act as the owner of a relation, or of a function given with its types.
SELECT pg_catalog.pg_get_userbyid(o.owner) AS owner, pg_catalog.pg_has_role(o.owner, 'USAGE') AS reached,
       CURRENT_USER AS deployer
  FROM (SELECT c.relowner AS owner FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass(%(relation)s)
         UNION ALL
        SELECT p.proowner FROM pg_catalog.pg_proc AS p WHERE p.oid = pg_catalog.to_regprocedure(%(function)s)) AS o
