-- What was applied: for each text of a definition a hash, and the server's own spelling of it then.
SELECT kind, identity, server_major, texts
  FROM pipeline_private.applied_objects
