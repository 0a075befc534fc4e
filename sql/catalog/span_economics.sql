-- The economic projections that were validated in a span of time.
SELECT pg_catalog.count(*) AS validated,
       pg_catalog.avg(e.projected_monthly_revenue)::float8 AS revenue,
       (100 * pg_catalog.avg((e.economic_validation_score >= %(passes)s)::int))::float8 AS passed
  FROM public.creator_economics AS e
 WHERE e.validation_date >= %(since)s::timestamptz AND e.validation_date < %(until)s::timestamptz
