-- Brings a month of the metrics back from the archive.
SELECT pipeline_private.return_month('public.pipeline_metrics'::pg_catalog.regclass, %(month)s::date) AS leaf
