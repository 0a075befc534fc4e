-- How many points cultural_alignment_score gains a day, for each part of the window, by the rollup of whole hours: the
-- slope of the line of least squares, from sums. What is lost in rounding is no trend.
WITH sums AS (
  SELECT w.part,
         pg_catalog.sum(b.number) AS number, pg_catalog.sum(b.total) AS total,
         pg_catalog.sum(b.seconds) AS seconds, pg_catalog.sum(b.squares) AS squares,
         pg_catalog.sum(b.products) AS products, pg_catalog.sum(b.unusable) AS unusable
    FROM pg_catalog.generate_series(1, %(parts)s::int) AS w (part)
   CROSS JOIN (SELECT (%(finish)s::timestamptz - %(start)s::timestamptz) / %(parts)s::int AS span) AS length
    LEFT JOIN LATERAL pipeline_private.metrics_between(
         '{cultural_alignment_score}', %(start)s::timestamptz + (w.part - 1) * length.span,
         %(start)s::timestamptz + w.part * length.span) AS b ON true
   GROUP BY w.part
)
SELECT s.part,
       pg_catalog.round(86400 * (s.number * s.products - s.seconds * s.total)
                        / NULLIF(s.number * s.squares - s.seconds * s.seconds, 0), 6)::float8 AS value,
       COALESCE(s.number, 0) AS samples,
       COALESCE(s.unusable, 0) AS unusable,
       '' AS detail
  FROM sums AS s
 ORDER BY s.part
