-- What was applied to an object: for each text of its definition a hash, and the server's own spelling of it then.
SELECT server_major, texts
  FROM pipeline_private.applied_objects
 WHERE kind = %(kind)s AND identity = %(identity)s
