-- Whether the rollup of the metrics is there to be read by whoever asks.
SELECT COALESCE(pg_catalog.has_function_privilege(
         pg_catalog.to_regprocedure(
           'pipeline_private.metrics_between(text[], timestamp with time zone, timestamp with time zone)'), 'execute'),
       false) AS readable
