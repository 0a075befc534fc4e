-- The simulated users; everything of theirs goes with them.
DELETE FROM auth.users AS u
 WHERE pg_catalog.split_part(u.email, '@', 2) = 'demo.invalid'
