-- What the simulated creators without a session have gone through: one row a stage that they reached, with the time,
-- how far it lies between the beginning of the phase and now (0 to 1), and two throws of the dice (0 to 1).
CREATE TEMPORARY TABLE demo_steps ON COMMIT DROP AS
WITH newcomers AS (
  SELECT p.id, p.created_at, pg_catalog.array_position(%(stages)s::text[], p.onboarding_stage) AS reached,
         pg_catalog.row_number() OVER (ORDER BY p.created_at, p.id) AS turn, pg_catalog.count(*) OVER () AS turns
    FROM public.creator_profiles AS p
    JOIN auth.users AS u ON u.id = p.user_id
   WHERE pg_catalog.split_part(u.email, '@', 2) = 'demo.invalid'
     AND NOT EXISTS (SELECT FROM public.pipeline_sessions AS s WHERE s.creator_profile_id = p.id)
)
SELECT n.id AS creator, s.stage, s.step, n.turn, l.place,
       n.created_at + (pg_catalog.now() - t.began) / n.turns * ((s.step - 0.5) / 8) AS at,
       ('x' || pg_catalog.left(d.digest, 6))::bit(24)::integer / 16777216.0 AS luck,
       ('x' || pg_catalog.right(d.digest, 6))::bit(24)::integer / 16777216.0 AS spread
  FROM newcomers AS n
 CROSS JOIN (SELECT GREATEST(%(since)s::timestamptz, pg_catalog.now() - INTERVAL '6 days') AS began) AS t
 CROSS JOIN LATERAL pg_catalog.unnest(%(stages)s::text[]) WITH ORDINALITY AS s (stage, step)
 CROSS JOIN LATERAL (SELECT (n.turn - 1 + (s.step - 0.5) / 8) / n.turns AS place) AS l
 CROSS JOIN LATERAL (SELECT pg_catalog.md5(%(seed)s::text || n.id || s.stage) AS digest) AS d
 WHERE s.step <= n.reached
