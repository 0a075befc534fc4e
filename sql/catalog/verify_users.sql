-- Users for the length of the transaction: nobody has their ids, and no mail goes to .invalid.
INSERT INTO auth.users (id, aud, role, email)
SELECT u.id, 'authenticated', 'authenticated', 'verify-' || u.id || '@rollout.invalid'
  FROM pg_catalog.unnest(%(users)s::uuid[]) AS u (id)
