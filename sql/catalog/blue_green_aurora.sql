-- The members of a blue/green deployment, as Aurora tells its drivers; there are none while there is no deployment.
SELECT pg_catalog.to_jsonb(t) ->> 'role' AS role, pg_catalog.to_jsonb(t) ->> 'status' AS status
  FROM pg_catalog.get_blue_green_fast_switchover_metadata('rollout') AS t
