-- Does what there is to do about the metrics' months, and says which were made and which were taken away.
SELECT pg_catalog.unnest(pipeline_private.keep_metrics()) AS leaf
