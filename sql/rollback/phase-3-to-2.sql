-- Takes the database from phase 3 back to phase 2, internal testing.
--
-- On then, if on before: ENABLE_CREATIVE_PIPELINE, CREATIVE_PIPELINE_ASSESSMENT, PIPELINE_MONITORING_ENABLED, PIPELINE_PERFORMANCE_ALERTS.
-- Who may enter: the team, and at most 10 beta creators.
-- Nothing is dropped and every row stays; whoever is in keeps profile, data and the right to read it.
-- It passes no gate, turns no flag on and makes no place. Lower `phase` in a stack file as well.
-- It refuses while the kill switch is set.
--
-- Generated from the definition by `python -m infra.ddl.rollback`: change that, not this file.
-- Run it with psql, on a direct connection, as the deployer:
--   psql -X -v by=<who> -v why=<why> -f phase-3-to-2.sql
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
SELECT btrim(:'by') <> '' AND btrim(:'why') <> '' AS said \gset
\if :said
\else
DO $guard$
BEGIN
  RAISE EXCEPTION USING MESSAGE = 'who and why must be said: nothing was changed',
                        HINT = 'Run it with -v by=<who> -v why=<why>.';
END
$guard$;
\endif
-- Where psql puts no variables, in the body of a DO, they are read as settings of the session.
SELECT set_config('rollout.by', :'by', false) AS told, set_config('rollout.why', :'why', false) AS told, set_config('rollout.commit', :'commit', false) AS told \gset

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
  IF stands NOT IN (3, 2) THEN
    RAISE EXCEPTION USING MESSAGE = format('the database is in phase %s, and this script leads from phase 3 to phase 2: nothing was changed', stands),
                          HINT = 'sql/rollback has a script for each way down, such as phase-3-to-2.sql.';
  END IF;
  IF is_latched AND stands = 3 THEN
    RAISE EXCEPTION USING MESSAGE = format('FLAG005 the kill switch is set (%s): nothing was changed', latch),
                          HINT = 'sql/rollback/phase-3-to-1.sql works while it is set; sql/rollback/clear.sql lifts it.';
  END IF;
END
$guard$;

-- rollout: phase 3 → 2: flags off, who may enter, and how many.
-- Locks: RowExclusiveLock on pipeline_private.sign_up_counter, RowExclusiveLock on pipeline_private.rollout_state, RowExclusiveLock on pipeline_private.rollout_ledger, RowExclusiveLock on pipeline_private.feature_flags.
-- Keeps: every row and every object; whoever is in stays in.
SELECT EXISTS (SELECT FROM pipeline_private.rollout_state WHERE phase = 3) AS needed \gset
\if :needed
\echo 'rollout: phase 3 → 2: flags off, who may enter, and how many (keeps every row and every object; whoever is in stays in)'
BEGIN;
-- Going down turns nothing on and makes no place: what was off, or fewer, stays so.
SELECT pipeline_private.set_rollout(
  w.wanted || jsonb_build_object(
    'betaCap', LEAST((w.wanted ->> 'betaCap')::integer, (SELECT s.beta_cap FROM pipeline_private.rollout_state AS s)),
    'flags', (SELECT jsonb_agg(i.item || jsonb_build_object(
                       'enabled', (i.item ->> 'enabled')::boolean AND COALESCE(f.enabled, false)))
                FROM jsonb_array_elements(w.wanted -> 'flags') AS i (item)
                LEFT JOIN pipeline_private.feature_flags AS f ON f.name = i.item ->> 'name')),
  'phase', :'by', :'commit', :'why', '{}')
  FROM (VALUES ('{"phase": 2, "audience": "cohort", "betaCap": 10, "flags": [{"name": "ENABLE_CREATIVE_PIPELINE", "enabled": true, "requires": null, "cohortOnly": true, "obeysLatch": true}, {"name": "CREATIVE_PIPELINE_ASSESSMENT", "enabled": true, "requires": "ENABLE_CREATIVE_PIPELINE", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATOR_AGENT_ECONOMICS", "enabled": false, "requires": "CREATIVE_PIPELINE_ASSESSMENT", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATOR_AGENT_LAUNCH", "enabled": false, "requires": "CREATOR_AGENT_ECONOMICS", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATIVE_PIPELINE_FULL", "enabled": false, "requires": "CREATOR_AGENT_LAUNCH", "cohortOnly": false, "obeysLatch": true}, {"name": "PIPELINE_MONITORING_ENABLED", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": false}, {"name": "PIPELINE_PERFORMANCE_ALERTS", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": false}]}'::jsonb)) AS w (wanted);
COMMIT;
\endif

SELECT i.inside, i.inside - 10 AS over, i.inside > 10 AS crowded
  FROM (SELECT count(*) AS inside FROM pipeline_private.cohort_members AS m
         WHERE m.kind = 'beta' AND EXISTS (SELECT FROM public.creator_profiles AS p WHERE p.user_id = m.user_id)) AS i \gset
\if :crowded
\echo 'COH004' :inside 'beta creators are in,' :over 'over the 10 places of phase 2. They keep their data and may read it; nobody else gets in.'
\else
\echo :inside 'beta creators are in, of 10 places in phase 2.'
\endif
\echo 'Done: the database is in phase 2. Every row is where it was.'
