INSERT INTO pipeline_private.applied_objects AS o (kind, identity, server_major, texts)
VALUES (%(kind)s, %(identity)s, %(server_major)s, %(texts)s)
ON CONFLICT (kind, identity) DO UPDATE
   SET server_major = EXCLUDED.server_major, texts = EXCLUDED.texts, applied_at = pg_catalog.now(),
       applied_by = CURRENT_USER
