-- The members of a blue/green deployment, as RDS tells its drivers. On a cluster of several zones the rows have no role.
SELECT pg_catalog.to_jsonb(t) ->> 'role' AS role, pg_catalog.to_jsonb(t) ->> 'status' AS status
  FROM rds_tools.show_topology('rollout') AS t
