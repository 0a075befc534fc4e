-- Computes up to so many hours of the metrics, and tells how many.
SELECT pipeline_private.refresh_metrics_rollup(%(hours)s::int) AS computed
