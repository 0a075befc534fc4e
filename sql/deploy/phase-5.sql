-- Brings the database from phase 4 to phase 5, production.
--
-- On then: ENABLE_CREATIVE_PIPELINE, CREATIVE_PIPELINE_ASSESSMENT, CREATOR_AGENT_ECONOMICS, PIPELINE_MONITORING_ENABLED, PIPELINE_PERFORMANCE_ALERTS.
-- Only when it is said, now or later: CREATOR_AGENT_LAUNCH with -v ready_launch=yes, CREATIVE_PIPELINE_FULL with -v ready_full=yes.
-- Who may enter: everyone.
-- psql cannot measure gate 4: the ledger gets an override of it, with who, why and until when.
-- In phase 5 already it changes nothing more.
--
-- Generated from the definition by `python -m infra.ddl.rollback`: change that, not this file.
-- Run it with psql, on a direct connection, as the deployer:
--   psql -X -v by=<who> -v why=<why> -v until=<date> [-v ready_launch=yes] [-v ready_full=yes] -f phase-5.sql
-- A lock that does not come in time stops it; `-v lock_timeout=2s` gives it longer; `-v commit=<id>` is kept, too.
-- Stopped at any place, or done: it can be run again, and does what is left to do.
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

\if :{?ready_launch}
\else
\set ready_launch no
\endif
SELECT :'ready_launch' = 'yes' AS ready_launch \gset
\if :{?ready_full}
\else
\set ready_full no
\endif
SELECT :'ready_full' = 'yes' AS ready_full \gset
SELECT NOT :'ready_full' OR :'ready_launch' AS chained \gset
\if :chained
\else
DO $guard$
BEGIN
  RAISE EXCEPTION USING MESSAGE = 'FLAG004 CREATIVE_PIPELINE_FULL requires CREATOR_AGENT_LAUNCH: nothing was changed',
                        HINT = 'Run it with -v ready_launch=yes -v ready_full=yes.';
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
  IF stands NOT IN (4, 5) THEN
    RAISE EXCEPTION USING MESSAGE = format('the database is in phase %s, and this script leads from phase 4 to phase 5: nothing was changed', stands),
                          HINT = 'Go up one phase after the other, with sql/deploy/phase-2.sql to phase-5.sql; from phase 5 there is nothing further.';
  END IF;
  IF is_latched THEN
    RAISE EXCEPTION USING MESSAGE = format('FLAG005 the kill switch is set (%s): nothing was changed', latch),
                          HINT = 'sql/rollback/clear.sql lifts it, with -v by=<who> -v why=<why>.';
  END IF;
END
$guard$;

-- ledger: record the override of gate 4: nothing is measured here.
-- Locks: RowExclusiveLock on pipeline_private.rollout_ledger.
-- Keeps: every row and every other object.
SELECT (EXISTS (SELECT FROM pipeline_private.rollout_state WHERE phase = 4))
   AND (NOT EXISTS (
  SELECT FROM pipeline_private.rollout_ledger AS g
   WHERE g.event = 'gate' AND g.to_value = '5' AND g.details ->> 'allowed' = 'true'
     AND g.recorded_at > COALESCE(
           (SELECT max(p.recorded_at) FROM pipeline_private.rollout_ledger AS p WHERE p.event IN ('phase', 'removal')), '-infinity'))) AS needed \gset
\if :needed
\echo 'ledger: record the override of gate 4: nothing is measured here (keeps every row and every other object)'
BEGIN;
INSERT INTO pipeline_private.rollout_ledger
  (event, subject, actor, commit_id, from_value, to_value, reason, details)
SELECT 'override', 'gate ' || g, :'by', :'commit', '4', '5', :'why',
       jsonb_build_object('gate', g, 'by', :'by', 'why', :'why', 'until', :'until')
  FROM generate_series(4, 4) AS g;
INSERT INTO pipeline_private.rollout_ledger
  (event, subject, actor, commit_id, from_value, to_value, details)
SELECT 'gate', 'overridden', :'by', :'commit', '4', '5',
       jsonb_build_object('allowed', true, 'verdict', 'overridden', 'gates', '[]'::jsonb, 'skipped', jsonb_agg(
         jsonb_build_object('gate', g, 'overriddenBy', concat(:'by', ', until ', :'until', ': ', :'why')) ORDER BY g))
  FROM generate_series(4, 4) AS g;
COMMIT;
\endif

-- rollout: phase 4 → 5, open to everyone, places for beta creators: no limit.
-- Locks: RowExclusiveLock on pipeline_private.sign_up_counter, RowExclusiveLock on pipeline_private.rollout_state, RowExclusiveLock on pipeline_private.rollout_ledger, RowExclusiveLock on pipeline_private.feature_flags.
-- Keeps: every row and every object.
SELECT (NOT :'ready_launch' AND NOT :'ready_full')
   AND (EXISTS (SELECT FROM pipeline_private.rollout_state WHERE phase = 4)) AS needed \gset
\if :needed
\echo 'rollout: phase 4 → 5, open to everyone, places for beta creators: no limit (keeps every row and every object)'
BEGIN;
SELECT pipeline_private.set_rollout('{"phase": 5, "audience": "everyone", "betaCap": null, "flags": [{"name": "ENABLE_CREATIVE_PIPELINE", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": true}, {"name": "CREATIVE_PIPELINE_ASSESSMENT", "enabled": true, "requires": "ENABLE_CREATIVE_PIPELINE", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATOR_AGENT_ECONOMICS", "enabled": true, "requires": "CREATIVE_PIPELINE_ASSESSMENT", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATOR_AGENT_LAUNCH", "enabled": false, "requires": "CREATOR_AGENT_ECONOMICS", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATIVE_PIPELINE_FULL", "enabled": false, "requires": "CREATOR_AGENT_LAUNCH", "cohortOnly": false, "obeysLatch": true}, {"name": "PIPELINE_MONITORING_ENABLED", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": false}, {"name": "PIPELINE_PERFORMANCE_ALERTS", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": false}]}'::jsonb, 'phase', :'by', :'commit', :'why', '{}'::jsonb);
COMMIT;
\endif

-- rollout: phase 4 → 5, CREATOR_AGENT_LAUNCH on, open to everyone, places for beta creators: no limit.
-- Locks: RowExclusiveLock on pipeline_private.sign_up_counter, RowExclusiveLock on pipeline_private.rollout_state, RowExclusiveLock on pipeline_private.rollout_ledger, RowExclusiveLock on pipeline_private.feature_flags.
-- Keeps: every row and every object.
SELECT (:'ready_launch' AND NOT :'ready_full')
   AND (EXISTS (SELECT FROM pipeline_private.rollout_state WHERE phase = 4)
    OR NOT EXISTS (SELECT FROM pipeline_private.feature_flags WHERE name = 'CREATOR_AGENT_LAUNCH' AND enabled)) AS needed \gset
\if :needed
\echo 'rollout: phase 4 → 5, CREATOR_AGENT_LAUNCH on, open to everyone, places for beta creators: no limit (keeps every row and every object)'
BEGIN;
SELECT pipeline_private.set_rollout('{"phase": 5, "audience": "everyone", "betaCap": null, "flags": [{"name": "ENABLE_CREATIVE_PIPELINE", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": true}, {"name": "CREATIVE_PIPELINE_ASSESSMENT", "enabled": true, "requires": "ENABLE_CREATIVE_PIPELINE", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATOR_AGENT_ECONOMICS", "enabled": true, "requires": "CREATIVE_PIPELINE_ASSESSMENT", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATOR_AGENT_LAUNCH", "enabled": true, "requires": "CREATOR_AGENT_ECONOMICS", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATIVE_PIPELINE_FULL", "enabled": false, "requires": "CREATOR_AGENT_LAUNCH", "cohortOnly": false, "obeysLatch": true}, {"name": "PIPELINE_MONITORING_ENABLED", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": false}, {"name": "PIPELINE_PERFORMANCE_ALERTS", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": false}]}'::jsonb, 'phase', :'by', :'commit', :'why', '{}'::jsonb);
COMMIT;
\endif

-- rollout: phase 4 → 5, CREATOR_AGENT_LAUNCH on, CREATIVE_PIPELINE_FULL on, open to everyone, places for beta creators: no limit.
-- Locks: RowExclusiveLock on pipeline_private.sign_up_counter, RowExclusiveLock on pipeline_private.rollout_state, RowExclusiveLock on pipeline_private.rollout_ledger, RowExclusiveLock on pipeline_private.feature_flags.
-- Keeps: every row and every object.
SELECT (:'ready_launch' AND :'ready_full')
   AND (EXISTS (SELECT FROM pipeline_private.rollout_state WHERE phase = 4)
    OR NOT EXISTS (SELECT FROM pipeline_private.feature_flags WHERE name = 'CREATIVE_PIPELINE_FULL' AND enabled)) AS needed \gset
\if :needed
\echo 'rollout: phase 4 → 5, CREATOR_AGENT_LAUNCH on, CREATIVE_PIPELINE_FULL on, open to everyone, places for beta creators: no limit (keeps every row and every object)'
BEGIN;
SELECT pipeline_private.set_rollout('{"phase": 5, "audience": "everyone", "betaCap": null, "flags": [{"name": "ENABLE_CREATIVE_PIPELINE", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": true}, {"name": "CREATIVE_PIPELINE_ASSESSMENT", "enabled": true, "requires": "ENABLE_CREATIVE_PIPELINE", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATOR_AGENT_ECONOMICS", "enabled": true, "requires": "CREATIVE_PIPELINE_ASSESSMENT", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATOR_AGENT_LAUNCH", "enabled": true, "requires": "CREATOR_AGENT_ECONOMICS", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATIVE_PIPELINE_FULL", "enabled": true, "requires": "CREATOR_AGENT_LAUNCH", "cohortOnly": false, "obeysLatch": true}, {"name": "PIPELINE_MONITORING_ENABLED", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": false}, {"name": "PIPELINE_PERFORMANCE_ALERTS", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": false}]}'::jsonb, 'phase', :'by', :'commit', :'why', '{}'::jsonb);
COMMIT;
\endif

\echo 'Done: the database is in phase 5.'
