-- Made by the first change of a deploy; nobody but its owner ever reads it.
CREATE SCHEMA IF NOT EXISTS pipeline_private;
CREATE TABLE IF NOT EXISTS pipeline_private.applied_objects (
  kind text NOT NULL,
  identity text NOT NULL,
  server_major integer NOT NULL,
  texts jsonb NOT NULL,
  applied_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now(),
  applied_by name NOT NULL DEFAULT CURRENT_USER,
  CONSTRAINT applied_objects_pkey PRIMARY KEY (kind, identity)
);
COMMENT ON TABLE pipeline_private.applied_objects IS
  'What the rollout applied last: a hash of each text of a definition beside the server''s own spelling of it.';
