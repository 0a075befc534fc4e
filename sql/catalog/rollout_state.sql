-- Where the database stands, with every flag in one row.
SELECT s.phase, s.audience, s.beta_cap, s.latched, s.latched_at, s.latched_by, s.latched_reason, s.changed_at,
       s.changed_by,
       (SELECT COALESCE(pg_catalog.jsonb_object_agg(f.name, pg_catalog.to_jsonb(f) - 'name'), '{}')
          FROM pipeline_private.feature_flags AS f) AS flags
  FROM pipeline_private.rollout_state AS s
