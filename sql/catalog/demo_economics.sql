-- What an agent could earn, for those whose potential has been mapped.
INSERT INTO public.creator_economics
  (id, creator_profile_id, revenue_model, projected_monthly_revenue, economic_validation_score, market_demand_score,
   contract_terms, validation_date, validated_by, created_at, updated_at)
SELECT pg_catalog.md5(s.creator || 'economics')::uuid, s.creator,
       (%(models)s::text[])[1 + pg_catalog.mod((s.luck * 1000)::integer, pg_catalog.cardinality(%(models)s::text[]))],
       400 + (s.spread * 2000)::integer, 60 + (s.luck * 35)::integer, 55 + (s.spread * 40)::integer,
       '{"simulated": true}', s.at, 'rollout demo', s.at, s.at
  FROM pg_temp.demo_steps AS s
 WHERE s.stage = 'academy-integration'
