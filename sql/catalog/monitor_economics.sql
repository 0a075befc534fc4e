-- Revenue projections and validations by model.
SELECT e.revenue_model AS model,
       pg_catalog.count(*) AS creators,
       pg_catalog.avg(e.projected_monthly_revenue)::float8 AS revenue,
       pg_catalog.sum(e.economic_validation_score)::float8 AS points,
       pg_catalog.count(*) FILTER (WHERE e.economic_validation_score >= %(passes)s) AS passed
  FROM public.creator_economics AS e
 GROUP BY e.revenue_model
