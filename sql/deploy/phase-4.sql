-- Brings the database from phase 3 to phase 4, wider beta.
--
-- On then: ENABLE_CREATIVE_PIPELINE, CREATIVE_PIPELINE_ASSESSMENT, CREATOR_AGENT_ECONOMICS, PIPELINE_MONITORING_ENABLED, PIPELINE_PERFORMANCE_ALERTS.
-- Who may enter: the team, and at most 250 beta creators.
-- psql cannot measure gate 3: the ledger gets an override of it, with who, why and until when.
-- In phase 4 already it changes nothing more.
--
-- Generated from the definition by `python -m infra.ddl.rollback`: change that, not this file.
-- Run it with psql, on a direct connection, as the deployer:
--   psql -X -v by=<who> -v why=<why> -v until=<date> -f phase-4.sql
-- A lock that does not come in time stops it; `-v lock_timeout=2s` gives it longer; `-v commit=<id>` is kept, too.
-- Stopped at any place, or done: it can be run again, and does what is left to do.
--
-- Members of the cohort are let in one by one: the user's id, `team` or `beta`, by whom and why:
--   WITH added AS (
--     INSERT INTO pipeline_private.cohort_members (user_id, kind, source, added_by)
--     VALUES ('<user id>', 'beta', 'command', '<who>')
--     ON CONFLICT (user_id) DO NOTHING RETURNING user_id, kind, added_by)
--   INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, to_value, reason)
--   SELECT 'cohort', user_id::text, added_by, kind, '<why>' FROM added;
-- Who is in, and who of them has a profile:
--   SELECT m.*, p.id IS NOT NULL AS has_profile
--     FROM pipeline_private.cohort_members AS m LEFT JOIN public.creator_profiles AS p ON p.user_id = m.user_id;
--
\set ON_ERROR_STOP on
\set ON_ERROR_ROLLBACK off
\set AUTOCOMMIT on
\set QUIET on
\set SHOW_CONTEXT never
\if :{?lock_timeout}
\else
\set lock_timeout 500ms
\endif

SET search_path = pg_catalog, pg_temp;
SET standard_conforming_strings = on;
SET client_min_messages = warning;
SET client_connection_check_interval = '500ms';
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';

-- Who runs this, and why, for the ledger: `-v by=… -v why=… -v commit=…`.
\if :{?by}
\else
\set by ''
\endif
\if :{?why}
\else
\set why ''
\endif
\if :{?commit}
\else
\set commit ''
\endif
\if :{?until}
\else
\set until ''
\endif
SELECT btrim(:'by') <> '' AND btrim(:'why') <> '' AND btrim(:'until') <> '' AS said \gset
\if :said
\else
DO $guard$
BEGIN
  RAISE EXCEPTION USING MESSAGE = 'GATE003 who, why and until when must be said: nothing was changed',
                        HINT = 'Run it with -v by=<who> -v why=<why> -v until=<date>.';
END
$guard$;
\endif
-- Where psql puts no variables, in the body of a DO, they are read as settings of the session.
SELECT set_config('rollout.by', :'by', false) AS told, set_config('rollout.why', :'why', false) AS told, set_config('rollout.commit', :'commit', false) AS told \gset

-- A day holds through, in UTC.
SET TimeZone = 'UTC';
SELECT :'until' ~ '^\d{4}-\d{2}-\d{2}([Tt ].+)?$' AS holds \gset
\if :holds
SELECT CASE WHEN length(:'until') = 10 THEN :'until'::timestamptz + interval '1 day' ELSE :'until'::timestamptz END > now() AS holds \gset
\endif
\if :holds
\else
DO $guard$
BEGIN
  RAISE EXCEPTION USING MESSAGE = 'GATE003 the override does not hold, or until when is no date: nothing was changed',
                        HINT = 'Run it with -v until=<date>, a day to come such as 2030-12-31, or 2030-12-31T18:00:00Z.';
END
$guard$;
\endif

-- The lock that a deploy holds: two changes of the same database at a time would meet half of each other's work.
-- Polled for a second: the session of a script that has just ended may still be closing.
DO $guard$
BEGIN
  FOR attempt IN 1 .. 10 LOOP
    IF pg_try_advisory_lock(1919904876, 7304564) THEN
      RETURN;
    END IF;
    PERFORM pg_sleep(0.1);
  END LOOP;
  RAISE EXCEPTION USING MESSAGE = 'DB005 another deploy of this database is under way',
                        HINT = 'Wait until it is done, then run this script again.';
END
$guard$;

DO $guard$
DECLARE
  stands integer;
  is_latched boolean;
  latch text;
BEGIN
  IF to_regclass('pipeline_private.rollout_state') IS NOT NULL THEN
    SELECT s.phase, s.latched, format('by %s, %s', s.latched_by, s.latched_reason) INTO stands, is_latched, latch
      FROM pipeline_private.rollout_state AS s;
  END IF;
  IF stands IS NULL THEN
    RAISE EXCEPTION USING MESSAGE = 'nothing is rolled out in this database: nothing was changed',
                          HINT = 'sql/deploy/phase-1.sql, or `rollout up`, makes the pipeline.';
  END IF;
  IF stands NOT IN (3, 4) THEN
    RAISE EXCEPTION USING MESSAGE = format('the database is in phase %s, and this script leads from phase 3 to phase 4: nothing was changed', stands),
                          HINT = 'Go up one phase after the other, with sql/deploy/phase-2.sql to phase-5.sql.';
  END IF;
  IF is_latched THEN
    RAISE EXCEPTION USING MESSAGE = format('FLAG005 the kill switch is set (%s): nothing was changed', latch),
                          HINT = 'sql/rollback/clear.sql lifts it, with -v by=<who> -v why=<why>.';
  END IF;
END
$guard$;

-- ledger: record the override of gate 3: nothing is measured here.
-- Locks: RowExclusiveLock on pipeline_private.rollout_ledger.
-- Keeps: every row and every other object.
SELECT (EXISTS (SELECT FROM pipeline_private.rollout_state WHERE phase = 3))
   AND (NOT EXISTS (
  SELECT FROM pipeline_private.rollout_ledger AS g
   WHERE g.event = 'gate' AND g.to_value = '4' AND g.details ->> 'allowed' = 'true'
     AND g.recorded_at > COALESCE(
           (SELECT max(p.recorded_at) FROM pipeline_private.rollout_ledger AS p WHERE p.event IN ('phase', 'removal')), '-infinity'))) AS needed \gset
\if :needed
\echo 'ledger: record the override of gate 3: nothing is measured here (keeps every row and every other object)'
BEGIN;
INSERT INTO pipeline_private.rollout_ledger
  (event, subject, actor, commit_id, from_value, to_value, reason, details)
SELECT 'override', 'gate ' || g, :'by', :'commit', '3', '4', :'why',
       jsonb_build_object('gate', g, 'by', :'by', 'why', :'why', 'until', :'until')
  FROM generate_series(3, 3) AS g;
INSERT INTO pipeline_private.rollout_ledger
  (event, subject, actor, commit_id, from_value, to_value, details)
SELECT 'gate', 'overridden', :'by', :'commit', '3', '4',
       jsonb_build_object('allowed', true, 'verdict', 'overridden', 'gates', '[]'::jsonb, 'skipped', jsonb_agg(
         jsonb_build_object('gate', g, 'overriddenBy', concat(:'by', ', until ', :'until', ': ', :'why')) ORDER BY g))
  FROM generate_series(3, 3) AS g;
COMMIT;
\endif

-- rollout: phase 3 → 4, places for beta creators: 250.
-- Locks: RowExclusiveLock on pipeline_private.sign_up_counter, RowExclusiveLock on pipeline_private.rollout_state, RowExclusiveLock on pipeline_private.rollout_ledger, RowExclusiveLock on pipeline_private.feature_flags.
-- Keeps: every row and every object.
SELECT EXISTS (SELECT FROM pipeline_private.rollout_state WHERE phase = 3) AS needed \gset
\if :needed
\echo 'rollout: phase 3 → 4, places for beta creators: 250 (keeps every row and every object)'
BEGIN;
SELECT pipeline_private.set_rollout('{"phase": 4, "audience": "cohort", "betaCap": 250, "flags": [{"name": "ENABLE_CREATIVE_PIPELINE", "enabled": true, "requires": null, "cohortOnly": true, "obeysLatch": true}, {"name": "CREATIVE_PIPELINE_ASSESSMENT", "enabled": true, "requires": "ENABLE_CREATIVE_PIPELINE", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATOR_AGENT_ECONOMICS", "enabled": true, "requires": "CREATIVE_PIPELINE_ASSESSMENT", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATOR_AGENT_LAUNCH", "enabled": false, "requires": "CREATOR_AGENT_ECONOMICS", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATIVE_PIPELINE_FULL", "enabled": false, "requires": "CREATOR_AGENT_LAUNCH", "cohortOnly": false, "obeysLatch": true}, {"name": "PIPELINE_MONITORING_ENABLED", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": false}, {"name": "PIPELINE_PERFORMANCE_ALERTS", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": false}]}'::jsonb, 'phase', :'by', :'commit', :'why', '{}'::jsonb);
COMMIT;
\endif

\echo 'Done: the database is in phase 4.'
