-- What the application would have measured. Alignment rises with the time within a phase and from phase to phase; the
-- time that a stage takes stays as it is.
INSERT INTO public.pipeline_metrics
  (id, creator_profile_id, metric_type, metric_name, metric_value, metric_unit, stage, recorded_at, metadata)
SELECT pg_catalog.md5(s.creator || s.stage || m.name || m.try)::uuid, s.creator, m.type, m.name, m.value, m.unit,
       s.stage, s.at, '{"simulated": true}'
  FROM pg_temp.demo_steps AS s
 CROSS JOIN LATERAL (
   VALUES ('performance', 'stage_start', 1.0, 'count', 1, true),
          ('performance', 'stage_processing_time',
           (%(milliseconds)s::integer[])[s.step] * (0.95 + 0.1 * s.spread), 'ms', 1, true),
          ('conversion', 'stage_completion', 0.0, 'count', 1, s.luck < 0.05),
          ('conversion', 'stage_completion', 1.0, 'count', 2, true),
          ('quality', 'cultural_alignment_score', 70 + 4 * %(phase)s::integer + 4 * s.place + 2 * (s.spread - 0.5),
           'points', 1, s.step >= 2),
          ('quality', 'readiness_score', 55 + 5 * s.step + 5 * s.luck, 'points', 1, s.step >= 3),
          ('business', 'projected_monthly_revenue', 400 + 2000 * s.spread, 'usd', 1, s.step = 5),
          ('business', 'economic_validation_score', 60 + 35 * s.luck, 'points', 1, s.step = 5)
 ) AS m (type, name, value, unit, try, happened)
 WHERE m.happened
