-- Three dimensions are assessed with the skills.
INSERT INTO public.assessment_scores
  (id, creator_profile_id, dimension, score, evidence, assessed_at, growth_potential, collaboration_readiness,
   created_at)
SELECT pg_catalog.md5(s.creator || d.dimension)::uuid, s.creator, d.dimension,
       65 + pg_catalog.mod((s.luck * 1000)::integer * d.number::integer, 31), '{"simulated": true}', s.at,
       (%(growth)s::text[])[1 + pg_catalog.mod((s.spread * 1000)::integer, pg_catalog.cardinality(%(growth)s::text[]))],
       50 + (s.spread * 50)::integer, s.at
  FROM pg_temp.demo_steps AS s
 CROSS JOIN pg_catalog.unnest(ARRAY['craft', 'originality', 'cultural-awareness']) WITH ORDINALITY
   AS d (dimension, number)
 WHERE s.stage = 'skill-assessment'
