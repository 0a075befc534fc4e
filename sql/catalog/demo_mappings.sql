-- Two roles that an agent could take, the better one first.
INSERT INTO public.agent_potential_mappings
  (id, creator_profile_id, agent_role, confidence, cultural_fit, reasoning, training_path_suggestion, launch_readiness,
   recommendation_rank, created_at, updated_at)
SELECT pg_catalog.md5(s.creator || 'mapping' || r.rank)::uuid, s.creator,
       (%(agents)s::text[])[1 + pg_catalog.mod((s.luck * 1000)::integer + r.rank,
                                               pg_catalog.cardinality(%(agents)s::text[]))],
       95 - 20 * r.rank + (s.spread * 20)::integer, 80 + (s.luck * 15)::integer, ARRAY['simulated'],
       'guided practice', 40 + (s.spread * 40)::integer, r.rank, s.at, s.at
  FROM pg_temp.demo_steps AS s
 CROSS JOIN pg_catalog.generate_series(1, 2) AS r (rank)
 WHERE s.stage = 'agent-potential-mapping'
