-- Who is simulated, who of them has a profile, who waits for one, and how many real creators are here beside them.
SELECT pg_catalog.count(*) FILTER (WHERE w.simulated) AS users,
       pg_catalog.count(p.id) FILTER (WHERE w.simulated) AS creators,
       pg_catalog.count(m.user_id) FILTER (WHERE w.simulated AND m.kind = 'beta' AND p.id IS NULL) AS waiting_beta,
       pg_catalog.count(m.user_id) FILTER (WHERE w.simulated AND m.kind = 'team' AND p.id IS NULL) AS waiting_team,
       pg_catalog.count(p.id) FILTER (WHERE NOT w.simulated) AS real_creators
  FROM (SELECT u.id, COALESCE(pg_catalog.split_part(u.email, '@', 2) = 'demo.invalid', false) AS simulated
          FROM auth.users AS u) AS w
  LEFT JOIN public.creator_profiles AS p ON p.user_id = w.id
  LEFT JOIN pipeline_private.cohort_members AS m ON m.user_id = w.id
