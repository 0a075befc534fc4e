-- By how many per cent the p95 of stage_processing_time is more than in an earlier phase, whose time the ledger tells, by
-- the rollup of whole hours; `low` and `high` are what it is at least and at most. What falls into both the window and
-- that time counts for the earlier phase alone.
WITH changes AS (
  SELECT l.recorded_at AS began, l.to_value = %(phase)s::text AS is_earlier
    FROM pipeline_private.rollout_ledger AS l
   WHERE (l.subject = 'phase' AND l.event IN ('phase', 'rollback')) OR l.event = 'removal'
), turns AS (
  SELECT c.began, c.is_earlier, pg_catalog.lag(c.is_earlier, 1, false) OVER (ORDER BY c.began) AS was_earlier
    FROM changes AS c
), spans AS (
  SELECT t.is_earlier, t.began, COALESCE(pg_catalog.lead(t.began) OVER (ORDER BY t.began), 'infinity') AS ended
    FROM turns AS t
   WHERE t.is_earlier <> t.was_earlier
   UNION ALL
  SELECT false, '-infinity', COALESCE((SELECT pg_catalog.min(t.began) FROM turns AS t WHERE t.is_earlier), 'infinity')
), read AS (
  SELECT s.is_earlier, CASE WHEN s.is_earlier THEN s.began ELSE GREATEST(s.began, %(start)s::timestamptz) END AS since,
         LEAST(s.ended, %(finish)s::timestamptz) AS until
    FROM spans AS s
), buckets AS (
  SELECT r.is_earlier, b.bucket, pg_catalog.sum(b.number)::bigint AS number, pg_catalog.sum(b.unusable) AS unusable,
         pg_catalog.min(b.least) AS least, pg_catalog.max(b.most) AS most
    FROM read AS r
   CROSS JOIN LATERAL pipeline_private.metrics_between('{stage_processing_time}', r.since, r.until) AS b
   WHERE r.since < r.until
   GROUP BY r.is_earlier, b.bucket
), measured AS (
  SELECT b.is_earlier, pg_catalog.sum(b.number) AS samples, pg_catalog.sum(b.unusable) AS unusable,
         pipeline_private.quantile_bounds(
           0.95, pg_catalog.array_agg(b.number ORDER BY b.bucket), pg_catalog.array_agg(b.least ORDER BY b.bucket),
           pg_catalog.array_agg(b.most ORDER BY b.bucket)) AS p95
    FROM buckets AS b
   GROUP BY b.is_earlier
), compared AS (
  SELECT (SELECT m.p95 FROM measured AS m WHERE NOT m.is_earlier) AS now,
         (SELECT m.p95 FROM measured AS m WHERE m.is_earlier) AS earlier,
         COALESCE((SELECT m.samples FROM measured AS m WHERE NOT m.is_earlier), 0) AS now_samples,
         COALESCE((SELECT m.samples FROM measured AS m WHERE m.is_earlier), 0) AS earlier_samples,
         COALESCE((SELECT pg_catalog.sum(m.unusable) FROM measured AS m), 0) AS unusable
)
SELECT 1 AS part,
       -- 1100 against 1000 is 10 per cent, and not a rounding's worth more.
       pg_catalog.round((100 * (c.now[2] / NULLIF(c.earlier[2], 0) - 1))::numeric, 6)::float8 AS value,
       pg_catalog.round((100 * (c.now[1] / NULLIF(c.earlier[3], 0) - 1))::numeric, 6)::float8 AS low,
       pg_catalog.round((100 * (c.now[3] / NULLIF(c.earlier[1], 0) - 1))::numeric, 6)::float8 AS high,
       LEAST(c.now_samples, c.earlier_samples) AS samples,
       c.unusable,
       pg_catalog.format('p95 %%s ms of %%s now, %%s ms of %%s in phase %%s',
         COALESCE(pg_catalog.round(c.now[2]::numeric)::text, '-'), c.now_samples,
         COALESCE(pg_catalog.round(c.earlier[2]::numeric)::text, '-'), c.earlier_samples, %(phase)s::text)
       || CASE WHEN c.now[1] < c.now[3] OR c.earlier[1] < c.earlier[3] THEN ', each within 1 %%' ELSE '' END AS detail
  FROM compared AS c
