-- By how many per cent the p95 of stage_processing_time is more than in an earlier phase, whose time the ledger tells.
-- What falls into both the window and that time counts for the earlier phase alone.
WITH changes AS (
  SELECT l.to_value, l.recorded_at AS began,
         COALESCE(pg_catalog.lead(l.recorded_at) OVER (ORDER BY l.recorded_at), 'infinity') AS ended
    FROM pipeline_private.rollout_ledger AS l
   WHERE (l.subject = 'phase' AND l.event IN ('phase', 'rollback')) OR l.event = 'removal'
), periods AS (
  SELECT c.began, c.ended FROM changes AS c WHERE c.to_value = %(phase)s::text
), measured AS (
  SELECT m.metric_value, m.recorded_at, m.metric_value >= 0 AND m.metric_value <> 'NaN' AS sound,
         EXISTS (SELECT 1 FROM periods AS p WHERE m.recorded_at >= p.began AND m.recorded_at < p.ended) AS is_earlier
    FROM public.pipeline_metrics AS m
   WHERE m.metric_name = 'stage_processing_time' AND m.recorded_at < %(finish)s::timestamptz
     AND m.recorded_at >= LEAST(%(start)s::timestamptz, (SELECT pg_catalog.min(p.began) FROM periods AS p))
), counted AS (
  SELECT pg_catalog.percentile_cont(0.95) WITHIN GROUP (ORDER BY m.metric_value::float8)
           FILTER (WHERE m.sound AND m.is_earlier) AS earlier,
         pg_catalog.percentile_cont(0.95) WITHIN GROUP (ORDER BY m.metric_value::float8)
           FILTER (WHERE m.sound AND NOT m.is_earlier) AS now,
         pg_catalog.count(*) FILTER (WHERE m.sound AND m.is_earlier) AS earlier_samples,
         pg_catalog.count(*) FILTER (WHERE m.sound AND NOT m.is_earlier) AS now_samples,
         pg_catalog.count(*) FILTER (WHERE NOT m.sound) AS unusable
    FROM measured AS m
   WHERE m.is_earlier OR m.recorded_at >= %(start)s::timestamptz
)
SELECT 1 AS part,
       -- 1100 against 1000 is 10 per cent, and not a rounding's worth more.
       pg_catalog.round((100 * (c.now / NULLIF(c.earlier, 0) - 1))::numeric, 6)::float8 AS value,
       LEAST(c.now_samples, c.earlier_samples) AS samples,
       c.unusable,
       pg_catalog.format('p95 %%s ms of %%s now, %%s ms of %%s in phase %%s',
         COALESCE(pg_catalog.round(c.now::numeric)::text, '-'), c.now_samples,
         COALESCE(pg_catalog.round(c.earlier::numeric)::text, '-'), c.earlier_samples, %(phase)s::text) AS detail
  FROM counted AS c
