-- The simulated users, by their numbers: the same ones in every database, told by their e-mail's domain.
INSERT INTO auth.users (instance_id, id, aud, role, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
                        created_at, updated_at)
SELECT '00000000-0000-0000-0000-000000000000', pg_catalog.md5('rollout demo ' || p.kind || p.number)::uuid,
       'authenticated', 'authenticated', p.kind || '-' || p.number || '@demo.invalid', pg_catalog.now(),
       pg_catalog.jsonb_build_object('provider', 'demo'), '{}', pg_catalog.now(), pg_catalog.now()
  FROM (SELECT 'team' AS kind, t.number FROM pg_catalog.generate_series(1, %(team)s::integer) AS t (number)
        UNION ALL
        SELECT 'beta', b.number FROM pg_catalog.generate_series(1, %(creators)s::integer) AS b (number)) AS p
ON CONFLICT (id) DO NOTHING
