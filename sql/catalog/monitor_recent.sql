-- What was measured between two moments, by minute, name and stage: how many, their sum, and those that are no use.
-- Of stage times each tenth more is a bin of its own, from which a percentile can be read without keeping the values.
SELECT pg_catalog.date_part('epoch', pg_catalog.date_trunc('minute', m.recorded_at))::bigint AS minute,
       m.metric_name AS name,
       COALESCE(m.stage, '') AS stage,
       CASE WHEN m.metric_name = %(binned)s AND m.metric_value BETWEEN r.low AND r.high
            THEN pg_catalog.floor(pg_catalog.ln(GREATEST(m.metric_value, 1)::float8) / pg_catalog.ln(%(ratio)s::float8))::int
            END AS bin,
       pg_catalog.count(*) FILTER (WHERE m.metric_value BETWEEN r.low AND r.high) AS number,
       COALESCE(pg_catalog.sum(m.metric_value) FILTER (WHERE m.metric_value BETWEEN r.low AND r.high), 0)::float8 AS total,
       -- NaN is more than any number.
       pg_catalog.count(*) FILTER (WHERE m.metric_value NOT BETWEEN r.low AND r.high) AS unusable
  FROM public.pipeline_metrics AS m
  JOIN ROWS FROM (pg_catalog.unnest(%(names)s::text[]), pg_catalog.unnest(%(lows)s::numeric[]),
                  pg_catalog.unnest(%(highs)s::numeric[])) AS r (name, low, high) ON r.name = m.metric_name
 WHERE m.recorded_at >= pg_catalog.to_timestamp(%(start)s::float8)
   AND m.recorded_at < pg_catalog.to_timestamp(%(finish)s::float8)
 GROUP BY 1, 2, 3, 4
