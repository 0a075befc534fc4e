-- The average of cultural_alignment_score (0 to 100), for each part of the window, by the rollup of whole hours.
SELECT w.part,
       (pg_catalog.sum(b.total) / NULLIF(pg_catalog.sum(b.number), 0))::float8 AS value,
       COALESCE(pg_catalog.sum(b.number), 0) AS samples,
       COALESCE(pg_catalog.sum(b.unusable), 0) AS unusable,
       '' AS detail
  FROM pg_catalog.generate_series(1, %(parts)s::int) AS w (part)
 CROSS JOIN (SELECT (%(finish)s::timestamptz - %(start)s::timestamptz) / %(parts)s::int AS span) AS length
  LEFT JOIN LATERAL pipeline_private.metrics_between(
       '{cultural_alignment_score}', %(start)s::timestamptz + (w.part - 1) * length.span,
       %(start)s::timestamptz + w.part * length.span) AS b ON true
 GROUP BY w.part
 ORDER BY w.part
