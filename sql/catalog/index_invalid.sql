-- Whether an index of this name stands there unusable, with nobody at building it.
SELECT EXISTS (
         SELECT FROM pg_catalog.pg_index AS i
          WHERE i.indexrelid = pg_catalog.to_regclass(pg_catalog.format('%%I.%%I', %(schema)s::text, %(name)s::text))
            AND NOT (i.indisvalid AND i.indisready AND i.indislive)
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS b WHERE b.index_relid = i.indexrelid)
       ) AS invalid
