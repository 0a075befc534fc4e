-- Profiles for simulated members who have none: all of the team, and as many beta creators as there are places, the
-- lowest numbers first. The sign-up trigger has the last word, as with everybody. They come one after the other since
-- the phase began, within six days; every fifth beta creator is still on the way.
WITH people AS (
  SELECT u.id, m.kind, n.number,
         ('x' || pg_catalog.left(pg_catalog.md5(%(seed)s::text || u.email), 6))::bit(24)::integer AS dice,
         pg_catalog.row_number() OVER (PARTITION BY m.kind ORDER BY n.number) AS place
    FROM auth.users AS u
    JOIN pipeline_private.cohort_members AS m ON m.user_id = u.id
   CROSS JOIN LATERAL (SELECT pg_catalog.regexp_replace(u.email, '\D', '', 'g')::integer AS number) AS n
   WHERE pg_catalog.split_part(u.email, '@', 2) = 'demo.invalid'
     AND NOT EXISTS (SELECT FROM public.creator_profiles AS p WHERE p.user_id = u.id)
), admitted AS (
  SELECT w.*, pg_catalog.row_number() OVER (ORDER BY w.kind DESC, w.number) AS turn,
         pg_catalog.count(*) OVER () AS turns,
         CASE WHEN w.kind = 'beta' AND pg_catalog.mod(w.number, 5) = 0 THEN 2 + pg_catalog.mod(w.number / 5, 5)
              ELSE 7 END AS reached
    FROM people AS w
   WHERE w.kind = 'team' OR w.place <= COALESCE(%(places)s::bigint, w.place)
)
INSERT INTO public.creator_profiles
  (id, user_id, creative_role, onboarding_stage, cultural_alignment, readiness_score, ai_experience_level,
   community_interest, preferred_learning_style, referral_source, cultural_motivation, metrics, created_at, updated_at,
   last_activity_at)
SELECT pg_catalog.md5('rollout demo profile ' || a.id)::uuid, a.id,
       (%(roles)s::text[])[1 + pg_catalog.mod(a.dice, pg_catalog.cardinality(%(roles)s::text[]))],
       (%(stages)s::text[])[a.reached],
       80 + pg_catalog.mod(a.dice, 15), 60 + pg_catalog.mod(a.dice / 16, 35),
       (%(levels)s::text[])[1 + pg_catalog.mod(a.dice / 32, pg_catalog.cardinality(%(levels)s::text[]))],
       40 + pg_catalog.mod(a.dice / 64, 61),
       (%(styles)s::text[])[1 + pg_catalog.mod(a.dice / 128, pg_catalog.cardinality(%(styles)s::text[]))],
       'rollout demo', 'simulated', '{"simulated": true}',
       t.began + (pg_catalog.now() - t.began) * ((a.turn - 1) / a.turns::double precision),
       pg_catalog.now(), pg_catalog.now()
  FROM admitted AS a
 CROSS JOIN (SELECT GREATEST(%(since)s::timestamptz, pg_catalog.now() - INTERVAL '6 days') AS began) AS t
 ORDER BY a.turn
