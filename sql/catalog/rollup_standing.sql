-- Up to where the rollup of the metrics holds, how many seconds behind that is, and how many hours wait to be computed
-- anew. An hour is computed once it and the lag are over.
SELECT s.watermark,
       pg_catalog.date_part('epoch', pg_catalog.now() - s.watermark)::float8 AS behind,
       (SELECT pg_catalog.count(DISTINCT a.hour) FROM pipeline_private.metrics_rollup_stale AS a
         WHERE a.hour < s.watermark) AS stale
  FROM pipeline_private.metrics_rollup_state AS s
