-- What stands on a table and has to stand on its other form as well, as the text that makes it under the first one's
-- name; and what keeps it from being exchanged: then there is no text.
WITH this AS (
  SELECT c.oid, c.relowner, c.relacl, c.reltype FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass(%(relation)s)
)
SELECT 'policy' AS kind, p.polname::text AS name,
       pg_catalog.format('CREATE POLICY %%I ON %%s AS %%s FOR %%s TO %%s%%s%%s', p.polname, %(name)s::text,
         CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
         CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
         (SELECT pg_catalog.string_agg(CASE r.role WHEN 0 THEN 'PUBLIC'
                                       ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.role)) END, ', ')
            FROM pg_catalog.unnest(p.polroles) AS r (role)),
         ' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')',
         ' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')') AS text,
       (SELECT pg_catalog.array_agg(DISTINCT d.refobjid::regclass::text)
          FROM pg_catalog.pg_depend AS d
         WHERE d.classid = 'pg_catalog.pg_policy'::regclass AND d.objid = p.oid
           AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> p.polrelid) AS reads
  FROM this JOIN pg_catalog.pg_policy AS p ON p.polrelid = this.oid
 UNION ALL
SELECT 'trigger', t.tgname::text, pg_catalog.pg_get_triggerdef(t.oid)
       || CASE t.tgenabled WHEN 'D' THEN pg_catalog.format(E';\nALTER TABLE %%s DISABLE TRIGGER %%I', %(name)s::text, t.tgname)
                           ELSE '' END, NULL
  FROM this JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = this.oid AND NOT t.tgisinternal
 WHERE t.tgname <> %(carrier)s
 UNION ALL
SELECT 'grant', r.role, pg_catalog.format('GRANT %%s ON TABLE %%s TO %%s%%s', x.privilege_type, %(name)s::text,
         CASE r.role WHEN 'PUBLIC' THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.role) END,
         CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), NULL
  FROM this CROSS JOIN LATERAL pg_catalog.aclexplode(this.relacl) AS x
 CROSS JOIN LATERAL (SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(x.grantee)::text END) AS r (role)
 WHERE x.grantee <> this.relowner
 UNION ALL
SELECT 'grant', r.role, pg_catalog.format('GRANT %%s (%%I) ON TABLE %%s TO %%s%%s', x.privilege_type, a.attname, %(name)s::text,
         CASE r.role WHEN 'PUBLIC' THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.role) END,
         CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), NULL
  FROM this JOIN pg_catalog.pg_attribute AS a ON a.attrelid = this.oid AND NOT a.attisdropped
 CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) AS x
 CROSS JOIN LATERAL (SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(x.grantee)::text END) AS r (role)
 WHERE x.grantee <> this.relowner
 UNION ALL
SELECT 'comment', COALESCE(a.attname::text, ''), pg_catalog.format('COMMENT ON %%s IS %%L',
         CASE WHEN a.attname IS NULL THEN 'TABLE ' || %(name)s ELSE pg_catalog.format('COLUMN %%s.%%I', %(name)s::text, a.attname) END,
         d.description), NULL
  FROM this JOIN pg_catalog.pg_description AS d ON d.objoid = this.oid AND d.classoid = 'pg_catalog.pg_class'::regclass
  LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = this.oid AND a.attnum = d.objsubid AND d.objsubid > 0
 UNION ALL
SELECT 'index', i.relname::text,
       CASE WHEN NOT x.indisunique
            THEN pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(i.oid), '^CREATE INDEX (\S+) ON (ONLY )?\S+ USING ',
                   'CREATE INDEX IF NOT EXISTS \1 ON ' || %(twin)s || ' USING ')
       END, NULL
  FROM this JOIN pg_catalog.pg_index AS x ON x.indrelid = this.oid AND NOT x.indisprimary AND x.indisvalid
  JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
 UNION ALL
SELECT 'view', n.nspname || '.' || v.relname,
       CASE WHEN v.relkind = 'v' AND pg_catalog.pg_has_role(v.relowner, 'USAGE')
            THEN pg_catalog.format('CREATE OR REPLACE VIEW %%I.%%I%%s AS %%s', n.nspname, v.relname,
                   ' WITH (' || pg_catalog.array_to_string(v.reloptions, ', ') || ')',
                   pg_catalog.rtrim(pg_catalog.pg_get_viewdef(v.oid), ';')) END, NULL
  FROM this
  JOIN pg_catalog.pg_depend AS d ON d.refobjid = this.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
                                AND d.classid = 'pg_catalog.pg_rewrite'::regclass
  JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid AND w.ev_class <> this.oid
  JOIN pg_catalog.pg_class AS v ON v.oid = w.ev_class
  JOIN pg_catalog.pg_namespace AS n ON n.oid = v.relnamespace
 UNION ALL
SELECT 'rule', w.rulename::text, NULL, NULL FROM this JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = this.oid
 UNION ALL
SELECT 'foreign key', pg_catalog.format('%%s of %%s', k.conname, k.conrelid::regclass), NULL, NULL
  FROM this JOIN pg_catalog.pg_constraint AS k ON k.confrelid = this.oid AND k.contype = 'f' AND k.conrelid <> this.oid
 UNION ALL
SELECT 'inheritance', h.inhrelid::regclass::text, NULL, NULL
  FROM this JOIN pg_catalog.pg_inherits AS h ON h.inhparent = this.oid OR h.inhrelid = this.oid
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_partitioned_table AS d WHERE d.partrelid = h.inhparent)
 UNION ALL
SELECT 'publication', p.pubname::text, NULL, NULL
  FROM this JOIN pg_catalog.pg_publication_rel AS r ON r.prrelid = this.oid
  JOIN pg_catalog.pg_publication AS p ON p.oid = r.prpubid
 UNION ALL
SELECT 'function or type', pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), NULL, NULL
  FROM this
  JOIN pg_catalog.pg_depend AS d ON d.deptype = 'n'
       AND (d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = this.oid
            AND d.classid = 'pg_catalog.pg_proc'::regclass
            OR d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid = this.reltype
            AND d.classid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_class'::regclass))
 ORDER BY 1, 2, 3
