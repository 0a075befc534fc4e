-- DESTROYS the pipeline's tables and every row in them.
--
-- Tables are dropped with all their rows, in place or parked. It refuses, listing the rows, unless it is run
-- with -v confirm=yes-destroy-creator-data. Take a backup first, and prove it: there is no other way back.
-- Roles stay, and so do both schemas: they hold the record of what was deployed, and cost nothing when empty.
--
-- Generated from the definition by `python -m infra.ddl.rollback`: change that, not this file.
-- Run it with psql, on a direct connection, as the deployer: psql -X -f destroy-data.sql
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

DO $guard$
DECLARE
  found text;
BEGIN
  SELECT string_agg(DISTINCT f.name, ', ') INTO found
    FROM (SELECT format('key %s of %s', k.conname, k.conrelid::regclass) AS name
            FROM pg_constraint AS k
           -- What a part has of its table's key is no key of its own.
           WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid IN (SELECT unnest(ARRAY[to_regclass(standing), to_regclass(parked)])::oid FROM (VALUES
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
         AS t (position, standing, parked, owner) UNION ALL SELECT m.month FROM (SELECT t.position, c.oid::regclass FROM (VALUES
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
         AS t (position, standing, parked, owner) JOIN pg_class AS c ON c.relkind = 'r' AND c.oid::regclass::text ~ ('^' || replace(t.parked, '"', '') || '_p[0-9]{8}$')) AS m (position, month))
             AND k.conrelid NOT IN (SELECT o FROM (SELECT unnest(ARRAY[to_regclass(standing), to_regclass(parked)])::oid FROM (VALUES
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
         AS t (position, standing, parked, owner) UNION ALL SELECT m.month FROM (SELECT t.position, c.oid::regclass FROM (VALUES
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
         AS t (position, standing, parked, owner) JOIN pg_class AS c ON c.relkind = 'r' AND c.oid::regclass::text ~ ('^' || replace(t.parked, '"', '') || '_p[0-9]{8}$')) AS m (position, month)) AS u (o) WHERE o IS NOT NULL)
          UNION ALL
          SELECT format('view %s', w.ev_class::regclass)
            FROM pg_depend AS d JOIN pg_rewrite AS w ON w.oid = d.objid
           WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
             AND d.refobjid IN (SELECT unnest(ARRAY[to_regclass(standing), to_regclass(parked)])::oid FROM (VALUES
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
         AS t (position, standing, parked, owner) UNION ALL SELECT m.month FROM (SELECT t.position, c.oid::regclass FROM (VALUES
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
         AS t (position, standing, parked, owner) JOIN pg_class AS c ON c.relkind = 'r' AND c.oid::regclass::text ~ ('^' || replace(t.parked, '"', '') || '_p[0-9]{8}$')) AS m (position, month))
             AND w.ev_class NOT IN (SELECT o FROM (SELECT unnest(ARRAY[to_regclass(standing), to_regclass(parked)])::oid FROM (VALUES
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
         AS t (position, standing, parked, owner) UNION ALL SELECT m.month FROM (SELECT t.position, c.oid::regclass FROM (VALUES
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
         AS t (position, standing, parked, owner) JOIN pg_class AS c ON c.relkind = 'r' AND c.oid::regclass::text ~ ('^' || replace(t.parked, '"', '') || '_p[0-9]{8}$')) AS m (position, month)) AS u (o) WHERE o IS NOT NULL)
             AND w.ev_class::regclass::text <> ALL (ARRAY['public.creator_pipeline_overview']::text[])
          UNION ALL
          SELECT format('policy %s on %s', p.polname, p.polrelid::regclass)
            FROM pg_depend AS d JOIN pg_policy AS p ON p.oid = d.objid
           WHERE d.classid = 'pg_policy'::regclass AND d.refclassid = 'pg_class'::regclass
             AND d.refobjid IN (SELECT unnest(ARRAY[to_regclass(standing), to_regclass(parked)])::oid FROM (VALUES
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
         AS t (position, standing, parked, owner) UNION ALL SELECT m.month FROM (SELECT t.position, c.oid::regclass FROM (VALUES
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
         AS t (position, standing, parked, owner) JOIN pg_class AS c ON c.relkind = 'r' AND c.oid::regclass::text ~ ('^' || replace(t.parked, '"', '') || '_p[0-9]{8}$')) AS m (position, month))
             AND p.polrelid NOT IN (SELECT o FROM (SELECT unnest(ARRAY[to_regclass(standing), to_regclass(parked)])::oid FROM (VALUES
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
         AS t (position, standing, parked, owner) UNION ALL SELECT m.month FROM (SELECT t.position, c.oid::regclass FROM (VALUES
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
         AS t (position, standing, parked, owner) JOIN pg_class AS c ON c.relkind = 'r' AND c.oid::regclass::text ~ ('^' || replace(t.parked, '"', '') || '_p[0-9]{8}$')) AS m (position, month)) AS u (o) WHERE o IS NOT NULL)) AS f;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION USING MESSAGE = 'used by objects that are not of this definition: ' || found, HINT = 'Nothing was changed. Drop or change these first.';
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

\if :{?confirm}
\else
\set confirm no
\endif
SELECT :'confirm' = 'yes-destroy-creator-data' AS confirmed \gset

-- Counted as the owner, and rolled back: nothing is changed by looking.
BEGIN;
SELECT format('GRANT %I TO CURRENT_USER', rolname) FROM pg_roles WHERE rolname = ANY (ARRAY['pipeline_owner']) \gexec
SET LOCAL row_security = off;
\echo 'Rows that this script destroys:'
SELECT string_agg(format('SELECT %L AS "table", count(*) AS "rows" FROM %s', r, r), ' UNION ALL ' ORDER BY t.position)
  FROM (SELECT t.position, v.r
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
         AS t (position, standing, parked, owner) CROSS JOIN LATERAL (VALUES (to_regclass(t.standing)), (to_regclass(t.parked))) AS v (r)
        UNION ALL
        SELECT t.position, c.oid::regclass FROM (VALUES
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
         AS t (position, standing, parked, owner) JOIN pg_class AS c ON c.relkind = 'r' AND c.oid::regclass::text ~ ('^' || replace(t.parked, '"', '') || '_p[0-9]{8}$')) AS t
 WHERE r IS NOT NULL
HAVING count(*) > 0 \gexec
ROLLBACK;
\if :confirmed
\else
DO $guard$
BEGIN
  RAISE EXCEPTION USING MESSAGE = 'not confirmed: nothing was changed',
                        HINT = 'Take a backup and prove it; then run the script with -v confirm=yes-destroy-creator-data.';
END
$guard$;
\endif

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

-- ledger: record that the tables are destroyed, where a ledger is kept.
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
         to_regclass('"pipeline_private"."metrics_rollup_state"'),
         to_regclass('"pipeline_archive"."creator_profiles"'),
         to_regclass('"pipeline_archive"."assessment_scores"'),
         to_regclass('"pipeline_archive"."pipeline_sessions"'),
         to_regclass('"pipeline_archive"."agent_potential_mappings"'),
         to_regclass('"pipeline_archive"."creator_economics"'),
         to_regclass('"pipeline_archive"."pipeline_metrics"'),
         to_regclass('"pipeline_archive"."creator_feature_flags"'),
         to_regclass('"pipeline_archive"."feature_flags"'),
         to_regclass('"pipeline_archive"."rollout_state"'),
         to_regclass('"pipeline_archive"."sign_up_counter"'),
         to_regclass('"pipeline_archive"."cohort_members"'),
         to_regclass('"pipeline_archive"."metrics_rollup"'),
         to_regclass('"pipeline_archive"."metrics_rollup_stale"'),
         to_regclass('"pipeline_archive"."metrics_rollup_state"')) IS NOT NULL AS needed \gset
\if :needed
\echo 'ledger: record that the tables are destroyed, where a ledger is kept (keeps every row and every other object)'
BEGIN;
-- Only where there is a ledger, and once: run again after a stop, it is the newest entry already.
DO $ledger$
BEGIN
  IF to_regclass('pipeline_private.rollout_ledger') IS NULL THEN
    RETURN;
  END IF;
  INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, commit_id, to_value, reason)
  SELECT e.event, e.subject, current_setting('rollout.by'), current_setting('rollout.commit'), e.to_value, current_setting('rollout.why')
    FROM (VALUES ('removal', 'tables', 'destroyed')) AS e (event, subject, to_value)
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

-- table pipeline_private.cohort_members: drop foreign key cohort_members_user_id_fkey to auth.users.
-- Locks: AccessExclusiveLock on pipeline_private.cohort_members, AccessExclusiveLock on auth.users, AccessExclusiveLock on pipeline_archive.cohort_members.
-- Keeps: every row, until its table is dropped.
SELECT EXISTS (
  SELECT FROM pg_constraint
   WHERE contype = 'f' AND conname = 'cohort_members_user_id_fkey'
     AND conrelid IN (to_regclass('"pipeline_private"."cohort_members"'), to_regclass('"pipeline_archive"."cohort_members"'))) AS needed \gset
\if :needed
\echo 'table pipeline_private.cohort_members: drop foreign key cohort_members_user_id_fkey to auth.users (keeps every row, until its table is dropped)'
BEGIN;
ALTER TABLE IF EXISTS "pipeline_private"."cohort_members" DROP CONSTRAINT IF EXISTS "cohort_members_user_id_fkey";
ALTER TABLE IF EXISTS "pipeline_archive"."cohort_members" DROP CONSTRAINT IF EXISTS "cohort_members_user_id_fkey";
COMMIT;
\endif

-- table public.creator_feature_flags: drop foreign key creator_feature_flags_creator_profile_id_fkey to public.creator_profiles.
-- Locks: AccessExclusiveLock on public.creator_feature_flags, AccessExclusiveLock on public.creator_profiles, AccessExclusiveLock on pipeline_archive.creator_feature_flags.
-- Keeps: every row, until its table is dropped.
SELECT EXISTS (
  SELECT FROM pg_constraint
   WHERE contype = 'f' AND conname = 'creator_feature_flags_creator_profile_id_fkey'
     AND conrelid IN (to_regclass('"public"."creator_feature_flags"'), to_regclass('"pipeline_archive"."creator_feature_flags"'))) AS needed \gset
\if :needed
\echo 'table public.creator_feature_flags: drop foreign key creator_feature_flags_creator_profile_id_fkey to public.creator_profiles (keeps every row, until its table is dropped)'
BEGIN;
ALTER TABLE IF EXISTS "public"."creator_feature_flags" DROP CONSTRAINT IF EXISTS "creator_feature_flags_creator_profile_id_fkey";
ALTER TABLE IF EXISTS "pipeline_archive"."creator_feature_flags" DROP CONSTRAINT IF EXISTS "creator_feature_flags_creator_profile_id_fkey";
COMMIT;
\endif

-- table public.creator_feature_flags: drop foreign key creator_feature_flags_set_by_fkey to auth.users.
-- Locks: AccessExclusiveLock on public.creator_feature_flags, AccessExclusiveLock on auth.users, AccessExclusiveLock on pipeline_archive.creator_feature_flags.
-- Keeps: every row, until its table is dropped.
SELECT EXISTS (
  SELECT FROM pg_constraint
   WHERE contype = 'f' AND conname = 'creator_feature_flags_set_by_fkey'
     AND conrelid IN (to_regclass('"public"."creator_feature_flags"'), to_regclass('"pipeline_archive"."creator_feature_flags"'))) AS needed \gset
\if :needed
\echo 'table public.creator_feature_flags: drop foreign key creator_feature_flags_set_by_fkey to auth.users (keeps every row, until its table is dropped)'
BEGIN;
ALTER TABLE IF EXISTS "public"."creator_feature_flags" DROP CONSTRAINT IF EXISTS "creator_feature_flags_set_by_fkey";
ALTER TABLE IF EXISTS "pipeline_archive"."creator_feature_flags" DROP CONSTRAINT IF EXISTS "creator_feature_flags_set_by_fkey";
COMMIT;
\endif

-- table public.pipeline_metrics: drop foreign key pipeline_metrics_creator_profile_id_fkey to public.creator_profiles.
-- Locks: AccessExclusiveLock on public.pipeline_metrics, AccessExclusiveLock on public.creator_profiles, AccessExclusiveLock on pipeline_archive.pipeline_metrics.
-- Keeps: every row, until its table is dropped.
SELECT EXISTS (
  SELECT FROM pg_constraint
   WHERE contype = 'f' AND conname = 'pipeline_metrics_creator_profile_id_fkey'
     AND conrelid IN (to_regclass('"public"."pipeline_metrics"'), to_regclass('"pipeline_archive"."pipeline_metrics"'))) AS needed \gset
\if :needed
\echo 'table public.pipeline_metrics: drop foreign key pipeline_metrics_creator_profile_id_fkey to public.creator_profiles (keeps every row, until its table is dropped)'
BEGIN;
ALTER TABLE IF EXISTS "public"."pipeline_metrics" DROP CONSTRAINT IF EXISTS "pipeline_metrics_creator_profile_id_fkey";
ALTER TABLE IF EXISTS "pipeline_archive"."pipeline_metrics" DROP CONSTRAINT IF EXISTS "pipeline_metrics_creator_profile_id_fkey";
COMMIT;
\endif

-- table public.creator_economics: drop foreign key creator_economics_creator_profile_id_fkey to public.creator_profiles.
-- Locks: AccessExclusiveLock on public.creator_economics, AccessExclusiveLock on public.creator_profiles, AccessExclusiveLock on pipeline_archive.creator_economics.
-- Keeps: every row, until its table is dropped.
SELECT EXISTS (
  SELECT FROM pg_constraint
   WHERE contype = 'f' AND conname = 'creator_economics_creator_profile_id_fkey'
     AND conrelid IN (to_regclass('"public"."creator_economics"'), to_regclass('"pipeline_archive"."creator_economics"'))) AS needed \gset
\if :needed
\echo 'table public.creator_economics: drop foreign key creator_economics_creator_profile_id_fkey to public.creator_profiles (keeps every row, until its table is dropped)'
BEGIN;
ALTER TABLE IF EXISTS "public"."creator_economics" DROP CONSTRAINT IF EXISTS "creator_economics_creator_profile_id_fkey";
ALTER TABLE IF EXISTS "pipeline_archive"."creator_economics" DROP CONSTRAINT IF EXISTS "creator_economics_creator_profile_id_fkey";
COMMIT;
\endif

-- table public.agent_potential_mappings: drop foreign key agent_potential_mappings_creator_profile_id_fkey to public.creator_profiles.
-- Locks: AccessExclusiveLock on public.agent_potential_mappings, AccessExclusiveLock on public.creator_profiles, AccessExclusiveLock on pipeline_archive.agent_potential_mappings.
-- Keeps: every row, until its table is dropped.
SELECT EXISTS (
  SELECT FROM pg_constraint
   WHERE contype = 'f' AND conname = 'agent_potential_mappings_creator_profile_id_fkey'
     AND conrelid IN (to_regclass('"public"."agent_potential_mappings"'), to_regclass('"pipeline_archive"."agent_potential_mappings"'))) AS needed \gset
\if :needed
\echo 'table public.agent_potential_mappings: drop foreign key agent_potential_mappings_creator_profile_id_fkey to public.creator_profiles (keeps every row, until its table is dropped)'
BEGIN;
ALTER TABLE IF EXISTS "public"."agent_potential_mappings" DROP CONSTRAINT IF EXISTS "agent_potential_mappings_creator_profile_id_fkey";
ALTER TABLE IF EXISTS "pipeline_archive"."agent_potential_mappings" DROP CONSTRAINT IF EXISTS "agent_potential_mappings_creator_profile_id_fkey";
COMMIT;
\endif

-- table public.pipeline_sessions: drop foreign key pipeline_sessions_creator_profile_id_fkey to public.creator_profiles.
-- Locks: AccessExclusiveLock on public.pipeline_sessions, AccessExclusiveLock on public.creator_profiles, AccessExclusiveLock on pipeline_archive.pipeline_sessions.
-- Keeps: every row, until its table is dropped.
SELECT EXISTS (
  SELECT FROM pg_constraint
   WHERE contype = 'f' AND conname = 'pipeline_sessions_creator_profile_id_fkey'
     AND conrelid IN (to_regclass('"public"."pipeline_sessions"'), to_regclass('"pipeline_archive"."pipeline_sessions"'))) AS needed \gset
\if :needed
\echo 'table public.pipeline_sessions: drop foreign key pipeline_sessions_creator_profile_id_fkey to public.creator_profiles (keeps every row, until its table is dropped)'
BEGIN;
ALTER TABLE IF EXISTS "public"."pipeline_sessions" DROP CONSTRAINT IF EXISTS "pipeline_sessions_creator_profile_id_fkey";
ALTER TABLE IF EXISTS "pipeline_archive"."pipeline_sessions" DROP CONSTRAINT IF EXISTS "pipeline_sessions_creator_profile_id_fkey";
COMMIT;
\endif

-- table public.assessment_scores: drop foreign key assessment_scores_creator_profile_id_fkey to public.creator_profiles.
-- Locks: AccessExclusiveLock on public.assessment_scores, AccessExclusiveLock on public.creator_profiles, AccessExclusiveLock on pipeline_archive.assessment_scores.
-- Keeps: every row, until its table is dropped.
SELECT EXISTS (
  SELECT FROM pg_constraint
   WHERE contype = 'f' AND conname = 'assessment_scores_creator_profile_id_fkey'
     AND conrelid IN (to_regclass('"public"."assessment_scores"'), to_regclass('"pipeline_archive"."assessment_scores"'))) AS needed \gset
\if :needed
\echo 'table public.assessment_scores: drop foreign key assessment_scores_creator_profile_id_fkey to public.creator_profiles (keeps every row, until its table is dropped)'
BEGIN;
ALTER TABLE IF EXISTS "public"."assessment_scores" DROP CONSTRAINT IF EXISTS "assessment_scores_creator_profile_id_fkey";
ALTER TABLE IF EXISTS "pipeline_archive"."assessment_scores" DROP CONSTRAINT IF EXISTS "assessment_scores_creator_profile_id_fkey";
COMMIT;
\endif

-- table public.creator_profiles: drop foreign key creator_profiles_user_id_fkey to auth.users.
-- Locks: AccessExclusiveLock on public.creator_profiles, AccessExclusiveLock on auth.users, AccessExclusiveLock on pipeline_archive.creator_profiles.
-- Keeps: every row, until its table is dropped.
SELECT EXISTS (
  SELECT FROM pg_constraint
   WHERE contype = 'f' AND conname = 'creator_profiles_user_id_fkey'
     AND conrelid IN (to_regclass('"public"."creator_profiles"'), to_regclass('"pipeline_archive"."creator_profiles"'))) AS needed \gset
\if :needed
\echo 'table public.creator_profiles: drop foreign key creator_profiles_user_id_fkey to auth.users (keeps every row, until its table is dropped)'
BEGIN;
ALTER TABLE IF EXISTS "public"."creator_profiles" DROP CONSTRAINT IF EXISTS "creator_profiles_user_id_fkey";
ALTER TABLE IF EXISTS "pipeline_archive"."creator_profiles" DROP CONSTRAINT IF EXISTS "creator_profiles_user_id_fkey";
COMMIT;
\endif

-- table public.pipeline_metrics: drop its months in pipeline_archive, with every row.
-- Locks: catalog rows only.
-- Keeps: nothing of it.
SELECT EXISTS (
  SELECT FROM pg_class
   WHERE relnamespace = to_regnamespace('"pipeline_archive"') AND relkind = 'r'
     AND relname ~ '^pipeline_metrics_p[0-9]{8}$') AS needed \gset
\if :needed
\echo 'table public.pipeline_metrics: drop its months in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DO $months$
DECLARE
  month regclass;
BEGIN
  FOR month IN
    SELECT c.oid FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'pipeline_archive'
     WHERE c.relkind = 'r' AND c.relname ~ '^pipeline_metrics_p[0-9]{8}$'
  LOOP
    EXECUTE pg_catalog.format('DROP TABLE %s', month);
  END LOOP;
END
$months$;
COMMIT;
\endif

-- table pipeline_private.metrics_rollup_state: drop it, in place or in pipeline_archive, with every row.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup_state, AccessExclusiveLock on pipeline_archive.metrics_rollup_state.
-- Keeps: nothing of it.
SELECT to_regclass('"pipeline_private"."metrics_rollup_state"') IS NOT NULL OR to_regclass('"pipeline_archive"."metrics_rollup_state"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.metrics_rollup_state: drop it, in place or in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DROP TABLE IF EXISTS "pipeline_private"."metrics_rollup_state", "pipeline_archive"."metrics_rollup_state";
COMMIT;
\endif

-- table pipeline_private.metrics_rollup_stale: drop it, in place or in pipeline_archive, with every row.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup_stale, AccessExclusiveLock on pipeline_archive.metrics_rollup_stale.
-- Keeps: nothing of it.
SELECT to_regclass('"pipeline_private"."metrics_rollup_stale"') IS NOT NULL OR to_regclass('"pipeline_archive"."metrics_rollup_stale"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.metrics_rollup_stale: drop it, in place or in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DROP TABLE IF EXISTS "pipeline_private"."metrics_rollup_stale", "pipeline_archive"."metrics_rollup_stale";
COMMIT;
\endif

-- table pipeline_private.metrics_rollup: drop it, in place or in pipeline_archive, with every row.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup, AccessExclusiveLock on pipeline_archive.metrics_rollup.
-- Keeps: nothing of it.
SELECT to_regclass('"pipeline_private"."metrics_rollup"') IS NOT NULL OR to_regclass('"pipeline_archive"."metrics_rollup"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.metrics_rollup: drop it, in place or in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DROP TABLE IF EXISTS "pipeline_private"."metrics_rollup", "pipeline_archive"."metrics_rollup";
COMMIT;
\endif

-- table pipeline_private.cohort_members: drop it, in place or in pipeline_archive, with every row.
-- Locks: AccessExclusiveLock on pipeline_private.cohort_members, AccessExclusiveLock on pipeline_archive.cohort_members.
-- Keeps: nothing of it.
SELECT to_regclass('"pipeline_private"."cohort_members"') IS NOT NULL OR to_regclass('"pipeline_archive"."cohort_members"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.cohort_members: drop it, in place or in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DROP TABLE IF EXISTS "pipeline_private"."cohort_members", "pipeline_archive"."cohort_members";
COMMIT;
\endif

-- table pipeline_private.sign_up_counter: drop it, in place or in pipeline_archive, with every row.
-- Locks: AccessExclusiveLock on pipeline_private.sign_up_counter, AccessExclusiveLock on pipeline_archive.sign_up_counter.
-- Keeps: nothing of it.
SELECT to_regclass('"pipeline_private"."sign_up_counter"') IS NOT NULL OR to_regclass('"pipeline_archive"."sign_up_counter"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.sign_up_counter: drop it, in place or in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DROP TABLE IF EXISTS "pipeline_private"."sign_up_counter", "pipeline_archive"."sign_up_counter";
COMMIT;
\endif

-- table pipeline_private.rollout_state: drop it, in place or in pipeline_archive, with every row.
-- Locks: AccessExclusiveLock on pipeline_private.rollout_state, AccessExclusiveLock on pipeline_archive.rollout_state.
-- Keeps: nothing of it.
SELECT to_regclass('"pipeline_private"."rollout_state"') IS NOT NULL OR to_regclass('"pipeline_archive"."rollout_state"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.rollout_state: drop it, in place or in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DROP TABLE IF EXISTS "pipeline_private"."rollout_state", "pipeline_archive"."rollout_state";
COMMIT;
\endif

-- table pipeline_private.feature_flags: drop it, in place or in pipeline_archive, with every row.
-- Locks: AccessExclusiveLock on pipeline_private.feature_flags, AccessExclusiveLock on pipeline_archive.feature_flags.
-- Keeps: nothing of it.
SELECT to_regclass('"pipeline_private"."feature_flags"') IS NOT NULL OR to_regclass('"pipeline_archive"."feature_flags"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.feature_flags: drop it, in place or in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DROP TABLE IF EXISTS "pipeline_private"."feature_flags", "pipeline_archive"."feature_flags";
COMMIT;
\endif

-- table public.creator_feature_flags: drop it, in place or in pipeline_archive, with every row.
-- Locks: AccessExclusiveLock on public.creator_feature_flags, AccessExclusiveLock on pipeline_archive.creator_feature_flags.
-- Keeps: nothing of it.
SELECT to_regclass('"public"."creator_feature_flags"') IS NOT NULL OR to_regclass('"pipeline_archive"."creator_feature_flags"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table public.creator_feature_flags: drop it, in place or in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DROP TABLE IF EXISTS "public"."creator_feature_flags", "pipeline_archive"."creator_feature_flags";
COMMIT;
\endif

-- table public.pipeline_metrics: drop it, in place or in pipeline_archive, with every row.
-- Locks: AccessExclusiveLock on public.pipeline_metrics, AccessExclusiveLock on pipeline_archive.pipeline_metrics.
-- Keeps: nothing of it.
SELECT to_regclass('"public"."pipeline_metrics"') IS NOT NULL OR to_regclass('"pipeline_archive"."pipeline_metrics"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table public.pipeline_metrics: drop it, in place or in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DROP TABLE IF EXISTS "public"."pipeline_metrics", "pipeline_archive"."pipeline_metrics";
COMMIT;
\endif

-- table public.creator_economics: drop it, in place or in pipeline_archive, with every row.
-- Locks: AccessExclusiveLock on public.creator_economics, AccessExclusiveLock on pipeline_archive.creator_economics.
-- Keeps: nothing of it.
SELECT to_regclass('"public"."creator_economics"') IS NOT NULL OR to_regclass('"pipeline_archive"."creator_economics"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table public.creator_economics: drop it, in place or in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DROP TABLE IF EXISTS "public"."creator_economics", "pipeline_archive"."creator_economics";
COMMIT;
\endif

-- table public.agent_potential_mappings: drop it, in place or in pipeline_archive, with every row.
-- Locks: AccessExclusiveLock on public.agent_potential_mappings, AccessExclusiveLock on pipeline_archive.agent_potential_mappings.
-- Keeps: nothing of it.
SELECT to_regclass('"public"."agent_potential_mappings"') IS NOT NULL OR to_regclass('"pipeline_archive"."agent_potential_mappings"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table public.agent_potential_mappings: drop it, in place or in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DROP TABLE IF EXISTS "public"."agent_potential_mappings", "pipeline_archive"."agent_potential_mappings";
COMMIT;
\endif

-- table public.pipeline_sessions: drop it, in place or in pipeline_archive, with every row.
-- Locks: AccessExclusiveLock on public.pipeline_sessions, AccessExclusiveLock on pipeline_archive.pipeline_sessions.
-- Keeps: nothing of it.
SELECT to_regclass('"public"."pipeline_sessions"') IS NOT NULL OR to_regclass('"pipeline_archive"."pipeline_sessions"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table public.pipeline_sessions: drop it, in place or in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DROP TABLE IF EXISTS "public"."pipeline_sessions", "pipeline_archive"."pipeline_sessions";
COMMIT;
\endif

-- table public.assessment_scores: drop it, in place or in pipeline_archive, with every row.
-- Locks: AccessExclusiveLock on public.assessment_scores, AccessExclusiveLock on pipeline_archive.assessment_scores.
-- Keeps: nothing of it.
SELECT to_regclass('"public"."assessment_scores"') IS NOT NULL OR to_regclass('"pipeline_archive"."assessment_scores"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table public.assessment_scores: drop it, in place or in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DROP TABLE IF EXISTS "public"."assessment_scores", "pipeline_archive"."assessment_scores";
COMMIT;
\endif

-- table public.creator_profiles: drop it, in place or in pipeline_archive, with every row.
-- Locks: AccessExclusiveLock on public.creator_profiles, AccessExclusiveLock on pipeline_archive.creator_profiles.
-- Keeps: nothing of it.
SELECT to_regclass('"public"."creator_profiles"') IS NOT NULL OR to_regclass('"pipeline_archive"."creator_profiles"') IS NOT NULL AS needed \gset
\if :needed
\echo 'table public.creator_profiles: drop it, in place or in pipeline_archive, with every row (keeps nothing of it)'
BEGIN;
DROP TABLE IF EXISTS "public"."creator_profiles", "pipeline_archive"."creator_profiles";
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

\echo 'Done: the tables and their rows are gone; schemas and roles are left.'
