-- Whose e-mail it is, whatever the case of its letters. Who signs in through a company may share an address.
SELECT g.email, pg_catalog.array_agg(u.id::text ORDER BY u.id) FILTER (WHERE u.id IS NOT NULL) AS users
  FROM pg_catalog.unnest(%(emails)s::text[]) AS g (email)
  LEFT JOIN auth.users AS u ON pg_catalog.lower(u.email) = pg_catalog.lower(g.email)
 GROUP BY g.email
