-- Removes the pipeline without losing a row.
--
-- The tables move with their rows, keys, checks, indexes and policies to the archive schema, where nobody but
-- their owner reaches them; deleting a user still erases that user's rows. View, functions, triggers and grants
-- go; roles and schemas stay. restore.sql puts everything back.
--
-- Generated from the definition by `python -m infra.ddl.rollback`: change that, not this file.
-- Run it with psql, on a direct connection, as the deployer: psql -X -f remove.sql
-- A lock that does not come in time stops it; `-v lock_timeout=2s` gives it longer.
-- The ledger, where there is one, gets an entry: `-v by=<who> -v why=<why>` says more than the login.
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
SELECT COALESCE(NULLIF(btrim(:'by'), ''), session_user) AS by \gset
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
  found text;
BEGIN
  SELECT string_agg(format('%s and %s', to_regclass(standing), to_regclass(parked)), ', ' ORDER BY position) INTO found
    FROM (VALUES
           (1, '"public"."creator_profiles"', '"pipeline_archive"."creator_profiles"', 'pipeline_owner'),
           (2, '"public"."assessment_scores"', '"pipeline_archive"."assessment_scores"', 'pipeline_owner'),
           (3, '"public"."pipeline_sessions"', '"pipeline_archive"."pipeline_sessions"', 'pipeline_owner'),
           (4, '"public"."agent_potential_mappings"', '"pipeline_archive"."agent_potential_mappings"', 'pipeline_owner'),
           (5, '"public"."creator_economics"', '"pipeline_archive"."creator_economics"', 'pipeline_owner'),
           (6, '"public"."pipeline_metrics"', '"pipeline_archive"."pipeline_metrics"', 'pipeline_owner'),
           (7, '"public"."creator_feature_flags"', '"pipeline_archive"."creator_feature_flags"', 'pipeline_owner'),
           (8, '"pipeline_private"."feature_flags"', '"pipeline_archive"."feature_flags"', 'pipeline_owner'),
           (9, '"pipeline_private"."rollout_state"', '"pipeline_archive"."rollout_state"', 'pipeline_owner'),
           (10, '"pipeline_private"."sign_up_counter"', '"pipeline_archive"."sign_up_counter"', 'pipeline_owner'),
           (11, '"pipeline_private"."cohort_members"', '"pipeline_archive"."cohort_members"', 'pipeline_owner'),
           (12, '"pipeline_private"."metrics_rollup"', '"pipeline_archive"."metrics_rollup"', 'pipeline_owner'),
           (13, '"pipeline_private"."metrics_rollup_stale"', '"pipeline_archive"."metrics_rollup_stale"', 'pipeline_owner'),
           (14, '"pipeline_private"."metrics_rollup_state"', '"pipeline_archive"."metrics_rollup_state"', 'pipeline_owner'))
         AS t (position, standing, parked, owner)
   WHERE to_regclass(standing) IS NOT NULL AND to_regclass(parked) IS NOT NULL;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION USING MESSAGE = 'ADOPT003 a table and its parked twin are both there: ' || found, HINT = 'Nothing was changed. Look at both; rename or drop the one whose rows are not wanted, then run this script again.';
  END IF;

END
$guard$;

DO $guard$
DECLARE
  found text;
BEGIN
  SELECT string_agg(format('%s (of %s)', c.oid::regclass, pg_get_userbyid(c.relowner)), ', ' ORDER BY position)
    INTO found
    FROM (VALUES
           (1, '"public"."creator_profiles"', '"pipeline_archive"."creator_profiles"', 'pipeline_owner'),
           (2, '"public"."assessment_scores"', '"pipeline_archive"."assessment_scores"', 'pipeline_owner'),
           (3, '"public"."pipeline_sessions"', '"pipeline_archive"."pipeline_sessions"', 'pipeline_owner'),
           (4, '"public"."agent_potential_mappings"', '"pipeline_archive"."agent_potential_mappings"', 'pipeline_owner'),
           (5, '"public"."creator_economics"', '"pipeline_archive"."creator_economics"', 'pipeline_owner'),
           (6, '"public"."pipeline_metrics"', '"pipeline_archive"."pipeline_metrics"', 'pipeline_owner'),
           (7, '"public"."creator_feature_flags"', '"pipeline_archive"."creator_feature_flags"', 'pipeline_owner'),
           (8, '"pipeline_private"."feature_flags"', '"pipeline_archive"."feature_flags"', 'pipeline_owner'),
           (9, '"pipeline_private"."rollout_state"', '"pipeline_archive"."rollout_state"', 'pipeline_owner'),
           (10, '"pipeline_private"."sign_up_counter"', '"pipeline_archive"."sign_up_counter"', 'pipeline_owner'),
           (11, '"pipeline_private"."cohort_members"', '"pipeline_archive"."cohort_members"', 'pipeline_owner'),
           (12, '"pipeline_private"."metrics_rollup"', '"pipeline_archive"."metrics_rollup"', 'pipeline_owner'),
           (13, '"pipeline_private"."metrics_rollup_stale"', '"pipeline_archive"."metrics_rollup_stale"', 'pipeline_owner'),
           (14, '"pipeline_private"."metrics_rollup_state"', '"pipeline_archive"."metrics_rollup_state"', 'pipeline_owner'))
         AS t (position, standing, parked, owner) JOIN pg_class AS c ON c.oid = to_regclass(t.standing)
   WHERE c.relkind NOT IN ('r', 'p') OR pg_get_userbyid(c.relowner) <> t.owner;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION USING MESSAGE = 'not a table of this definition, or of another owner: ' || found, HINT = 'Nothing was changed. `rollout up` adopts a database that was made by other means.';
  END IF;

END
$guard$;

-- Whoever queued behind us would wait as long as we do: a transaction that has been there for longer than we wait is
-- named before the first lock is asked for. What we may not see of others is null, and stands in nobody's way here.
DO $guard$
DECLARE
  found text;
BEGIN
  SELECT string_agg(DISTINCT format('%s by pid %s (%s, %s, %s, %s s)', l.relation::regclass, a.pid, a.usename,
                      COALESCE(NULLIF(a.application_name, ''), 'no name'), a.state,
                      date_part('epoch', clock_timestamp() - a.xact_start)::int), '; ') INTO found
    FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid AND a.backend_type = 'client backend'
   WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
     AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
     AND current_setting('lock_timeout') <> '0'
     AND a.xact_start < clock_timestamp() - current_setting('lock_timeout')::interval
     AND l.relation IN (to_regclass('"public"."creator_profiles"'), to_regclass('"public"."assessment_scores"'), to_regclass('"public"."pipeline_sessions"'), to_regclass('"public"."agent_potential_mappings"'), to_regclass('"public"."creator_economics"'), to_regclass('"public"."pipeline_metrics"'), to_regclass('"public"."creator_feature_flags"'), to_regclass('"pipeline_private"."feature_flags"'), to_regclass('"pipeline_private"."rollout_state"'), to_regclass('"pipeline_private"."sign_up_counter"'), to_regclass('"pipeline_private"."cohort_members"'), to_regclass('"pipeline_private"."metrics_rollup"'), to_regclass('"pipeline_private"."metrics_rollup_stale"'), to_regclass('"pipeline_private"."metrics_rollup_state"'), to_regclass('"pipeline_archive"."creator_profiles"'), to_regclass('"pipeline_archive"."assessment_scores"'), to_regclass('"pipeline_archive"."pipeline_sessions"'), to_regclass('"pipeline_archive"."agent_potential_mappings"'), to_regclass('"pipeline_archive"."creator_economics"'), to_regclass('"pipeline_archive"."pipeline_metrics"'), to_regclass('"pipeline_archive"."creator_feature_flags"'), to_regclass('"pipeline_archive"."feature_flags"'), to_regclass('"pipeline_archive"."rollout_state"'), to_regclass('"pipeline_archive"."sign_up_counter"'), to_regclass('"pipeline_archive"."cohort_members"'), to_regclass('"pipeline_archive"."metrics_rollup"'), to_regclass('"pipeline_archive"."metrics_rollup_stale"'), to_regclass('"pipeline_archive"."metrics_rollup_state"'), to_regclass('"public"."creator_pipeline_overview"'));
  IF found IS NOT NULL THEN
    RAISE EXCEPTION USING MESSAGE = 'DB004 in use: ' || found, HINT = 'Nothing was changed. End or wait for these transactions, then run this script again.';
  END IF;

END
$guard$;

-- role pipeline_owner: let whoever runs this act as it.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pipeline_owner' AND NOT pg_has_role(current_user, oid, 'USAGE')) AS needed \gset
\if :needed
\echo 'role pipeline_owner: let whoever runs this act as it (keeps every row and every other object)'
BEGIN;
GRANT "pipeline_owner" TO CURRENT_USER;
COMMIT;
\endif

-- ledger: record that the tables are parked, where a ledger is kept.
-- Locks: RowExclusiveLock on pipeline_private.rollout_ledger.
-- Keeps: every row and every other object.
SELECT COALESCE(to_regclass('"public"."creator_profiles"'),
         to_regclass('"public"."assessment_scores"'),
         to_regclass('"public"."pipeline_sessions"'),
         to_regclass('"public"."agent_potential_mappings"'),
         to_regclass('"public"."creator_economics"'),
         to_regclass('"public"."pipeline_metrics"'),
         to_regclass('"public"."creator_feature_flags"'),
         to_regclass('"pipeline_private"."feature_flags"'),
         to_regclass('"pipeline_private"."rollout_state"'),
         to_regclass('"pipeline_private"."sign_up_counter"'),
         to_regclass('"pipeline_private"."cohort_members"'),
         to_regclass('"pipeline_private"."metrics_rollup"'),
         to_regclass('"pipeline_private"."metrics_rollup_stale"'),
         to_regclass('"pipeline_private"."metrics_rollup_state"')) IS NOT NULL AS needed \gset
\if :needed
\echo 'ledger: record that the tables are parked, where a ledger is kept (keeps every row and every other object)'
BEGIN;
-- Only where there is a ledger, and once: run again after a stop, it is the newest entry already.
DO $ledger$
BEGIN
  IF to_regclass('pipeline_private.rollout_ledger') IS NULL THEN
    RETURN;
  END IF;
  INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, commit_id, to_value, reason)
  SELECT e.event, e.subject, current_setting('rollout.by'), current_setting('rollout.commit'), e.to_value, current_setting('rollout.why')
    FROM (VALUES ('removal', 'tables', 'parked')) AS e (event, subject, to_value)
   WHERE NOT EXISTS (
     SELECT FROM (SELECT * FROM pipeline_private.rollout_ledger ORDER BY recorded_at DESC LIMIT 1) AS l
      WHERE (l.event, l.subject, l.to_value) = (e.event, e.subject, e.to_value));
END
$ledger$;
COMMIT;
\endif

-- access: drop view and functions, and take every privilege on the tables back.
-- Locks: AccessShareLock on public.creator_profiles, AccessShareLock on public.assessment_scores, AccessShareLock on public.pipeline_sessions, AccessShareLock on public.agent_potential_mappings, AccessShareLock on public.creator_economics, AccessShareLock on public.pipeline_metrics, AccessShareLock on public.creator_feature_flags, AccessShareLock on pipeline_private.feature_flags, AccessShareLock on pipeline_private.rollout_state, AccessShareLock on pipeline_private.sign_up_counter, AccessShareLock on pipeline_private.cohort_members, AccessShareLock on pipeline_private.metrics_rollup, AccessShareLock on pipeline_private.metrics_rollup_stale, AccessShareLock on pipeline_private.metrics_rollup_state, AccessExclusiveLock on public.creator_pipeline_overview.
-- Keeps: every row, key, check, index, policy and trigger.
SELECT EXISTS (
  SELECT FROM pg_class AS c LEFT JOIN pg_attribute AS t ON t.attrelid = c.oid AND t.attacl IS NOT NULL
   WHERE c.oid IN (to_regclass('"public"."creator_profiles"'),
                   to_regclass('"public"."assessment_scores"'),
                   to_regclass('"public"."pipeline_sessions"'),
                   to_regclass('"public"."agent_potential_mappings"'),
                   to_regclass('"public"."creator_economics"'),
                   to_regclass('"public"."pipeline_metrics"'),
                   to_regclass('"public"."creator_feature_flags"'),
                   to_regclass('"pipeline_private"."feature_flags"'),
                   to_regclass('"pipeline_private"."rollout_state"'),
                   to_regclass('"pipeline_private"."sign_up_counter"'),
                   to_regclass('"pipeline_private"."cohort_members"'),
                   to_regclass('"pipeline_private"."metrics_rollup"'),
                   to_regclass('"pipeline_private"."metrics_rollup_stale"'),
                   to_regclass('"pipeline_private"."metrics_rollup_state"'),
                   to_regclass('"public"."creator_pipeline_overview"'))
     AND (c.relkind = 'v' OR t.attacl IS NOT NULL
          OR EXISTS (SELECT FROM aclexplode(c.relacl) AS a WHERE a.grantee <> c.relowner)))
    OR to_regprocedure('"public"."get_creator_pipeline_status"(uuid)') IS NOT NULL
    OR to_regprocedure('"pipeline_private"."set_rollout"(jsonb, text, text, text, text, jsonb)') IS NOT NULL
    OR to_regprocedure('"pipeline_private"."set_cohort"(jsonb, text, text)') IS NOT NULL
    OR to_regprocedure('"pipeline_private"."kill_switch"(text, text)') IS NOT NULL
    OR to_regprocedure('"pipeline_private"."lift_kill_switch"(text, text)') IS NOT NULL
    OR to_regprocedure('"public"."feature_enabled"(text)') IS NOT NULL
    OR to_regprocedure('"pipeline_private"."mark_metrics_hours"(timestamptz, timestamptz)') IS NOT NULL
    OR to_regprocedure('"pipeline_private"."metrics_between"(text[], timestamptz, timestamptz)') IS NOT NULL
    OR to_regprocedure('"pipeline_private"."quantile_bounds"(double precision, bigint[], numeric[], numeric[])') IS NOT NULL
    OR to_regprocedure('"pipeline_private"."refresh_metrics_rollup"(integer)') IS NOT NULL AS needed \gset
\if :needed
\echo 'access: drop view and functions, and take every privilege on the tables back (keeps every row, key, check, index, policy and trigger)'
BEGIN;
DO $revoke$
DECLARE
  taken record;
BEGIN
  FOR taken IN
    SELECT DISTINCT c.oid::regclass AS object, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
      FROM pg_class AS c
      LEFT JOIN pg_attribute AS t ON t.attrelid = c.oid AND t.attacl IS NOT NULL
     CROSS JOIN LATERAL (SELECT * FROM aclexplode(c.relacl) UNION ALL SELECT * FROM aclexplode(t.attacl)) AS a
     WHERE a.grantee <> c.relowner
       AND c.oid IN (to_regclass('"public"."creator_profiles"'), to_regclass('"public"."assessment_scores"'), to_regclass('"public"."pipeline_sessions"'), to_regclass('"public"."agent_potential_mappings"'), to_regclass('"public"."creator_economics"'), to_regclass('"public"."pipeline_metrics"'), to_regclass('"public"."creator_feature_flags"'), to_regclass('"pipeline_private"."feature_flags"'), to_regclass('"pipeline_private"."rollout_state"'), to_regclass('"pipeline_private"."sign_up_counter"'), to_regclass('"pipeline_private"."cohort_members"'), to_regclass('"pipeline_private"."metrics_rollup"'), to_regclass('"pipeline_private"."metrics_rollup_stale"'), to_regclass('"pipeline_private"."metrics_rollup_state"'), to_regclass('"public"."creator_pipeline_overview"'))
  LOOP
    EXECUTE format('REVOKE ALL ON TABLE %s FROM %s CASCADE', taken.object, taken.grantee);
  END LOOP;
END
$revoke$;
DROP VIEW IF EXISTS "public"."creator_pipeline_overview";
DROP FUNCTION IF EXISTS "public"."get_creator_pipeline_status"(uuid);
DROP FUNCTION IF EXISTS "pipeline_private"."set_rollout"(jsonb, text, text, text, text, jsonb);
DROP FUNCTION IF EXISTS "pipeline_private"."set_cohort"(jsonb, text, text);
DROP FUNCTION IF EXISTS "pipeline_private"."kill_switch"(text, text);
DROP FUNCTION IF EXISTS "pipeline_private"."lift_kill_switch"(text, text);
DROP FUNCTION IF EXISTS "public"."feature_enabled"(text);
DROP FUNCTION IF EXISTS "pipeline_private"."mark_metrics_hours"(timestamptz, timestamptz);
DROP FUNCTION IF EXISTS "pipeline_private"."metrics_between"(text[], timestamptz, timestamptz);
DROP FUNCTION IF EXISTS "pipeline_private"."quantile_bounds"(double precision, bigint[], numeric[], numeric[]);
DROP FUNCTION IF EXISTS "pipeline_private"."refresh_metrics_rollup"(integer);
COMMIT;
\endif

-- table pipeline_private.metrics_rollup_state: park it in pipeline_archive.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup_state.
-- Keeps: every row, key, check, index and policy.
SELECT to_regclass('"pipeline_private"."metrics_rollup_state"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.metrics_rollup_state: park it in pipeline_archive (keeps every row, key, check, index and policy)'
BEGIN;
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
GRANT USAGE, CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
ALTER TABLE "pipeline_private"."metrics_rollup_state" SET SCHEMA "pipeline_archive";
COMMIT;
\endif

-- table pipeline_private.metrics_rollup_stale: park it in pipeline_archive.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup_stale.
-- Keeps: every row, key, check, index and policy.
SELECT to_regclass('"pipeline_private"."metrics_rollup_stale"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.metrics_rollup_stale: park it in pipeline_archive (keeps every row, key, check, index and policy)'
BEGIN;
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
GRANT USAGE, CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
ALTER TABLE "pipeline_private"."metrics_rollup_stale" SET SCHEMA "pipeline_archive";
COMMIT;
\endif

-- table pipeline_private.metrics_rollup: park it in pipeline_archive.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup.
-- Keeps: every row, key, check, index and policy.
SELECT to_regclass('"pipeline_private"."metrics_rollup"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.metrics_rollup: park it in pipeline_archive (keeps every row, key, check, index and policy)'
BEGIN;
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
GRANT USAGE, CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
ALTER TABLE "pipeline_private"."metrics_rollup" SET SCHEMA "pipeline_archive";
COMMIT;
\endif

-- table pipeline_private.cohort_members: park it in pipeline_archive.
-- Locks: AccessExclusiveLock on pipeline_private.cohort_members.
-- Keeps: every row, key, check, index and policy.
SELECT to_regclass('"pipeline_private"."cohort_members"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.cohort_members: park it in pipeline_archive (keeps every row, key, check, index and policy)'
BEGIN;
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
GRANT USAGE, CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
ALTER TABLE "pipeline_private"."cohort_members" SET SCHEMA "pipeline_archive";
COMMIT;
\endif

-- table pipeline_private.sign_up_counter: park it in pipeline_archive.
-- Locks: AccessExclusiveLock on pipeline_private.sign_up_counter.
-- Keeps: every row, key, check, index and policy.
SELECT to_regclass('"pipeline_private"."sign_up_counter"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.sign_up_counter: park it in pipeline_archive (keeps every row, key, check, index and policy)'
BEGIN;
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
GRANT USAGE, CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
ALTER TABLE "pipeline_private"."sign_up_counter" SET SCHEMA "pipeline_archive";
COMMIT;
\endif

-- table pipeline_private.rollout_state: park it in pipeline_archive.
-- Locks: AccessExclusiveLock on pipeline_private.rollout_state.
-- Keeps: every row, key, check, index and policy.
SELECT to_regclass('"pipeline_private"."rollout_state"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.rollout_state: park it in pipeline_archive (keeps every row, key, check, index and policy)'
BEGIN;
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
GRANT USAGE, CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
ALTER TABLE "pipeline_private"."rollout_state" SET SCHEMA "pipeline_archive";
COMMIT;
\endif

-- table pipeline_private.feature_flags: park it in pipeline_archive.
-- Locks: AccessExclusiveLock on pipeline_private.feature_flags.
-- Keeps: every row, key, check, index and policy.
SELECT to_regclass('"pipeline_private"."feature_flags"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.feature_flags: park it in pipeline_archive (keeps every row, key, check, index and policy)'
BEGIN;
DROP TRIGGER IF EXISTS "feature_flags_obey_latch" ON "pipeline_private"."feature_flags";
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
GRANT USAGE, CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
ALTER TABLE "pipeline_private"."feature_flags" SET SCHEMA "pipeline_archive";
COMMIT;
\endif

-- table public.creator_feature_flags: park it in pipeline_archive.
-- Locks: AccessExclusiveLock on public.creator_feature_flags.
-- Keeps: every row, key, check, index and policy.
SELECT to_regclass('"public"."creator_feature_flags"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table public.creator_feature_flags: park it in pipeline_archive (keeps every row, key, check, index and policy)'
BEGIN;
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
GRANT USAGE, CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
ALTER TABLE "public"."creator_feature_flags" SET SCHEMA "pipeline_archive";
COMMIT;
\endif

-- table public.pipeline_metrics: park it in pipeline_archive.
-- Locks: AccessExclusiveLock on public.pipeline_metrics.
-- Keeps: every row, key, check, index and policy.
SELECT to_regclass('"public"."pipeline_metrics"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table public.pipeline_metrics: park it in pipeline_archive (keeps every row, key, check, index and policy)'
BEGIN;
DROP TRIGGER IF EXISTS "pipeline_metrics_mark_insert" ON "public"."pipeline_metrics";
DROP TRIGGER IF EXISTS "pipeline_metrics_mark_delete" ON "public"."pipeline_metrics";
DROP TRIGGER IF EXISTS "pipeline_metrics_mark_update" ON "public"."pipeline_metrics";
DROP TRIGGER IF EXISTS "pipeline_metrics_mark_truncate" ON "public"."pipeline_metrics";
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
GRANT USAGE, CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
ALTER TABLE "public"."pipeline_metrics" SET SCHEMA "pipeline_archive";
COMMIT;
\endif

-- table public.creator_economics: park it in pipeline_archive.
-- Locks: AccessExclusiveLock on public.creator_economics.
-- Keeps: every row, key, check, index and policy.
SELECT to_regclass('"public"."creator_economics"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table public.creator_economics: park it in pipeline_archive (keeps every row, key, check, index and policy)'
BEGIN;
DROP TRIGGER IF EXISTS "creator_economics_touch_updated_at" ON "public"."creator_economics";
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
GRANT USAGE, CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
ALTER TABLE "public"."creator_economics" SET SCHEMA "pipeline_archive";
COMMIT;
\endif

-- table public.agent_potential_mappings: park it in pipeline_archive.
-- Locks: AccessExclusiveLock on public.agent_potential_mappings.
-- Keeps: every row, key, check, index and policy.
SELECT to_regclass('"public"."agent_potential_mappings"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table public.agent_potential_mappings: park it in pipeline_archive (keeps every row, key, check, index and policy)'
BEGIN;
DROP TRIGGER IF EXISTS "agent_potential_mappings_touch_updated_at" ON "public"."agent_potential_mappings";
DROP TRIGGER IF EXISTS "agent_potential_mappings_touch_creator_activity_inserted" ON "public"."agent_potential_mappings";
DROP TRIGGER IF EXISTS "agent_potential_mappings_touch_creator_activity" ON "public"."agent_potential_mappings";
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
GRANT USAGE, CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
ALTER TABLE "public"."agent_potential_mappings" SET SCHEMA "pipeline_archive";
COMMIT;
\endif

-- table public.pipeline_sessions: park it in pipeline_archive.
-- Locks: AccessExclusiveLock on public.pipeline_sessions.
-- Keeps: every row, key, check, index and policy.
SELECT to_regclass('"public"."pipeline_sessions"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table public.pipeline_sessions: park it in pipeline_archive (keeps every row, key, check, index and policy)'
BEGIN;
DROP TRIGGER IF EXISTS "pipeline_sessions_touch_updated_at" ON "public"."pipeline_sessions";
DROP TRIGGER IF EXISTS "pipeline_sessions_touch_creator_activity_inserted" ON "public"."pipeline_sessions";
DROP TRIGGER IF EXISTS "pipeline_sessions_touch_creator_activity" ON "public"."pipeline_sessions";
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
GRANT USAGE, CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
ALTER TABLE "public"."pipeline_sessions" SET SCHEMA "pipeline_archive";
COMMIT;
\endif

-- table public.assessment_scores: park it in pipeline_archive.
-- Locks: AccessExclusiveLock on public.assessment_scores.
-- Keeps: every row, key, check, index and policy.
SELECT to_regclass('"public"."assessment_scores"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table public.assessment_scores: park it in pipeline_archive (keeps every row, key, check, index and policy)'
BEGIN;
DROP TRIGGER IF EXISTS "assessment_scores_touch_creator_activity_inserted" ON "public"."assessment_scores";
DROP TRIGGER IF EXISTS "assessment_scores_touch_creator_activity" ON "public"."assessment_scores";
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
GRANT USAGE, CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
ALTER TABLE "public"."assessment_scores" SET SCHEMA "pipeline_archive";
COMMIT;
\endif

-- table public.creator_profiles: park it in pipeline_archive.
-- Locks: AccessExclusiveLock on public.creator_profiles.
-- Keeps: every row, key, check, index and policy.
SELECT to_regclass('"public"."creator_profiles"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table public.creator_profiles: park it in pipeline_archive (keeps every row, key, check, index and policy)'
BEGIN;
DROP TRIGGER IF EXISTS "creator_profiles_touch_updated_at" ON "public"."creator_profiles";
DROP TRIGGER IF EXISTS "creator_profiles_admit_creator" ON "public"."creator_profiles";
DROP TRIGGER IF EXISTS "creator_profiles_admit_successor" ON "public"."creator_profiles";
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
GRANT USAGE, CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
ALTER TABLE "public"."creator_profiles" SET SCHEMA "pipeline_archive";
COMMIT;
\endif

-- function pipeline_private.touch_updated_at(): drop the function.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT to_regprocedure('"pipeline_private"."touch_updated_at"()') IS NOT NULL
   AND NOT EXISTS (
     SELECT FROM pg_trigger
      WHERE tgfoid = to_regprocedure('"pipeline_private"."touch_updated_at"()')) AS needed \gset
\if :needed
\echo 'function pipeline_private.touch_updated_at(): drop the function (keeps every row and every other object)'
BEGIN;
DROP FUNCTION IF EXISTS "pipeline_private"."touch_updated_at"();
COMMIT;
\endif

-- function pipeline_private.touch_creator_activity(): drop the function.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT to_regprocedure('"pipeline_private"."touch_creator_activity"()') IS NOT NULL
   AND NOT EXISTS (
     SELECT FROM pg_trigger
      WHERE tgfoid = to_regprocedure('"pipeline_private"."touch_creator_activity"()')) AS needed \gset
\if :needed
\echo 'function pipeline_private.touch_creator_activity(): drop the function (keeps every row and every other object)'
BEGIN;
DROP FUNCTION IF EXISTS "pipeline_private"."touch_creator_activity"();
COMMIT;
\endif

-- function pipeline_private.admit_creator(): drop the function.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT to_regprocedure('"pipeline_private"."admit_creator"()') IS NOT NULL
   AND NOT EXISTS (
     SELECT FROM pg_trigger
      WHERE tgfoid = to_regprocedure('"pipeline_private"."admit_creator"()')) AS needed \gset
\if :needed
\echo 'function pipeline_private.admit_creator(): drop the function (keeps every row and every other object)'
BEGIN;
DROP FUNCTION IF EXISTS "pipeline_private"."admit_creator"();
COMMIT;
\endif

-- function pipeline_private.obey_latch(): drop the function.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT to_regprocedure('"pipeline_private"."obey_latch"()') IS NOT NULL
   AND NOT EXISTS (
     SELECT FROM pg_trigger
      WHERE tgfoid = to_regprocedure('"pipeline_private"."obey_latch"()')) AS needed \gset
\if :needed
\echo 'function pipeline_private.obey_latch(): drop the function (keeps every row and every other object)'
BEGIN;
DROP FUNCTION IF EXISTS "pipeline_private"."obey_latch"();
COMMIT;
\endif

-- function pipeline_private.mark_metrics_hour(): drop the function.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT to_regprocedure('"pipeline_private"."mark_metrics_hour"()') IS NOT NULL
   AND NOT EXISTS (
     SELECT FROM pg_trigger
      WHERE tgfoid = to_regprocedure('"pipeline_private"."mark_metrics_hour"()')) AS needed \gset
\if :needed
\echo 'function pipeline_private.mark_metrics_hour(): drop the function (keeps every row and every other object)'
BEGIN;
DROP FUNCTION IF EXISTS "pipeline_private"."mark_metrics_hour"();
COMMIT;
\endif

\echo 'Done: the tables are parked with every row; restore.sql puts them back.'
