-- Makes the database of the definition.
--
-- For a database without these tables; it refuses where one is there already, or parked.
-- Run it on a direct connection as the deployer, who is then a member of the roles that it makes:
--   psql -X -v ON_ERROR_STOP=1 -f phase-1.sql
-- Roles are of the whole cluster: one that is there already is taken as it is, as is a ledger that stands.
-- A lock that does not come in time stops the script; `-v lock_timeout=2s` gives it longer.
-- Stopped at any place, it can be run again, and goes on from there.
--
-- Generated from the definition by `python -m infra.ddl.rollback`: change that, not this file.
-- The next phase is sql/deploy/phase-2.sql.
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
  unfinished boolean := false;
BEGIN
  -- Begun by a script like this one, and stopped: the ledger comes first, and the phase last of all.
  IF to_regclass('"pipeline_private"."rollout_ledger"') IS NOT NULL AND to_regclass('"pipeline_private"."rollout_state"') IS NULL THEN
    unfinished := true;
  ELSIF to_regclass('"pipeline_private"."rollout_ledger"') IS NOT NULL AND has_table_privilege(to_regclass('"pipeline_private"."rollout_state"'), 'SELECT') THEN
    SELECT NOT EXISTS (SELECT FROM "pipeline_private"."rollout_state") INTO unfinished;
  END IF;
  SELECT string_agg(format('%s', c.oid::regclass), ', ' ORDER BY position) INTO found
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
           (12, '"pipeline_private"."rollout_ledger"', '"pipeline_archive"."rollout_ledger"', 'pipeline_owner'),
           (13, '"pipeline_private"."metrics_rollup"', '"pipeline_archive"."metrics_rollup"', 'pipeline_owner'),
           (14, '"pipeline_private"."metrics_rollup_stale"', '"pipeline_archive"."metrics_rollup_stale"', 'pipeline_owner'),
           (15, '"pipeline_private"."metrics_rollup_state"', '"pipeline_archive"."metrics_rollup_state"', 'pipeline_owner'))
         AS t (position, standing, parked, owner) JOIN pg_class AS c ON c.oid = to_regclass(t.standing)
   WHERE c.relkind NOT IN ('r', 'p') OR pg_get_userbyid(c.relowner) <> t.owner
      OR NOT (unfinished OR t.standing = ANY (ARRAY['"pipeline_private"."rollout_ledger"']::text[]));
  IF found IS NOT NULL THEN
    RAISE EXCEPTION USING MESSAGE = 'already there: ' || found, HINT = 'Nothing was changed: this script is for a database without these tables. `rollout up` brings a database that has them to the definition.';
  END IF;

  SELECT string_agg(format('%s', to_regclass(parked)), ', ' ORDER BY position) INTO found
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
           (12, '"pipeline_private"."rollout_ledger"', '"pipeline_archive"."rollout_ledger"', 'pipeline_owner'),
           (13, '"pipeline_private"."metrics_rollup"', '"pipeline_archive"."metrics_rollup"', 'pipeline_owner'),
           (14, '"pipeline_private"."metrics_rollup_stale"', '"pipeline_archive"."metrics_rollup_stale"', 'pipeline_owner'),
           (15, '"pipeline_private"."metrics_rollup_state"', '"pipeline_archive"."metrics_rollup_state"', 'pipeline_owner'))
         AS t (position, standing, parked, owner)
   WHERE to_regclass(parked) IS NOT NULL;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION USING MESSAGE = 'ADOPT003 parked with their rows: ' || found, HINT = 'Nothing was changed. sql/rollback/restore.sql puts them back.';
  END IF;

END
$guard$;

DO $guard$
DECLARE
  found text;
BEGIN
  SELECT string_agg(r.rolname, ', ' ORDER BY r.rolname) INTO found
    FROM (VALUES
           ('pipeline_owner', false, false, false, false),
           ('pipeline_service', true, false, false, false),
           ('pipeline_monitor', true, false, false, false))
         AS t (name, login, bypass_rls, create_role, create_database)
    JOIN pg_roles AS r ON r.rolname = t.name
   WHERE r.rolsuper OR r.rolreplication OR r.rolcanlogin > t.login OR r.rolbypassrls > t.bypass_rls
      OR r.rolcreaterole > t.create_role OR r.rolcreatedb > t.create_database;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION USING MESSAGE = 'SEC002 roles of this cluster that may do more than the definition says: ' || found, HINT = 'Nothing was changed. Alter these roles, or rename them.';
  END IF;

END
$guard$;

-- schema pipeline_private: create the schema.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT to_regnamespace('"pipeline_private"') IS NULL AS needed \gset
\if :needed
\echo 'schema pipeline_private: create the schema (keeps every row and every other object)'
BEGIN;
CREATE SCHEMA IF NOT EXISTS "pipeline_private";
COMMIT;
\endif

-- schema pipeline_archive: create the schema.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT to_regnamespace('"pipeline_archive"') IS NULL AS needed \gset
\if :needed
\echo 'schema pipeline_archive: create the schema (keeps every row and every other object)'
BEGIN;
CREATE SCHEMA IF NOT EXISTS "pipeline_archive";
COMMIT;
\endif

-- role pipeline_owner: create the role.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pipeline_owner') AS needed \gset
\if :needed
\echo 'role pipeline_owner: create the role (keeps every row and every other object)'
BEGIN;
CREATE ROLE "pipeline_owner" WITH NOLOGIN INHERIT;
COMMIT;
\endif

-- role pipeline_service: create the role.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pipeline_service') AS needed \gset
\if :needed
\echo 'role pipeline_service: create the role (keeps every row and every other object)'
BEGIN;
CREATE ROLE "pipeline_service" WITH LOGIN INHERIT;
COMMIT;
\endif

-- role pipeline_service: change login.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pipeline_service' AND NOT rolcanlogin) AS needed \gset
\if :needed
\echo 'role pipeline_service: change login (keeps every row and every other object)'
BEGIN;
ALTER ROLE "pipeline_service" WITH LOGIN;
COMMIT;
\endif

-- role pipeline_monitor: create the role.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pipeline_monitor') AS needed \gset
\if :needed
\echo 'role pipeline_monitor: create the role (keeps every row and every other object)'
BEGIN;
CREATE ROLE "pipeline_monitor" WITH LOGIN INHERIT;
COMMIT;
\endif

-- role pipeline_monitor: change login.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pipeline_monitor' AND NOT rolcanlogin) AS needed \gset
\if :needed
\echo 'role pipeline_monitor: change login (keeps every row and every other object)'
BEGIN;
ALTER ROLE "pipeline_monitor" WITH LOGIN;
COMMIT;
\endif

-- role pipeline_owner: let whoever runs this act as it.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
\echo 'role pipeline_owner: let whoever runs this act as it (keeps every row and every other object)'
BEGIN;
GRANT "pipeline_owner" TO CURRENT_USER;
COMMIT;

-- role pipeline_service: let whoever runs this act as it.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
\echo 'role pipeline_service: let whoever runs this act as it (keeps every row and every other object)'
BEGIN;
GRANT "pipeline_service" TO CURRENT_USER;
COMMIT;

-- role pipeline_monitor: let whoever runs this act as it.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
\echo 'role pipeline_monitor: let whoever runs this act as it (keeps every row and every other object)'
BEGIN;
GRANT "pipeline_monitor" TO CURRENT_USER;
COMMIT;

-- grants on public: + pipeline_monitor: usage; + pipeline_owner: create; + pipeline_owner: usage; + pipeline_service: usage.
-- Locks: catalog rows only.
-- Keeps: every row.
\echo 'grants on public: + pipeline_monitor: usage; + pipeline_owner: create; + pipeline_owner: usage; + pipeline_service: usage (keeps every row)'
BEGIN;
GRANT USAGE ON SCHEMA "public" TO "pipeline_monitor";
GRANT CREATE ON SCHEMA "public" TO "pipeline_owner";
GRANT USAGE ON SCHEMA "public" TO "pipeline_owner";
GRANT USAGE ON SCHEMA "public" TO "pipeline_service";
COMMIT;

-- grants on pipeline_private: + authenticated: usage; + pipeline_monitor: usage; + pipeline_owner: create; + pipeline_owner: usage; + pipeline_service: usage; + service_role: usage.
-- Locks: catalog rows only.
-- Keeps: every row.
\echo 'grants on pipeline_private: + authenticated: usage; + pipeline_monitor: usage; + pipeline_owner: create; + pipeline_owner: usage; + pipeline_service: usage; + service_role: usage (keeps every row)'
BEGIN;
GRANT USAGE ON SCHEMA "pipeline_private" TO "authenticated";
GRANT USAGE ON SCHEMA "pipeline_private" TO "pipeline_monitor";
GRANT CREATE ON SCHEMA "pipeline_private" TO "pipeline_owner";
GRANT USAGE ON SCHEMA "pipeline_private" TO "pipeline_owner";
GRANT USAGE ON SCHEMA "pipeline_private" TO "pipeline_service";
GRANT USAGE ON SCHEMA "pipeline_private" TO "service_role";
COMMIT;

-- grants on pipeline_archive: + pipeline_owner: create; + pipeline_owner: usage.
-- Locks: catalog rows only.
-- Keeps: every row.
\echo 'grants on pipeline_archive: + pipeline_owner: create; + pipeline_owner: usage (keeps every row)'
BEGIN;
GRANT CREATE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
GRANT USAGE ON SCHEMA "pipeline_archive" TO "pipeline_owner";
COMMIT;

-- setting role:pipeline_service:statement_timeout: set statement_timeout to 8s.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
\echo 'setting role:pipeline_service:statement_timeout: set statement_timeout to 8s (keeps every row and every other object)'
BEGIN;
ALTER ROLE "pipeline_service" SET statement_timeout = '8s';
COMMIT;

-- setting role:pipeline_service:idle_in_transaction_session_timeout: set idle_in_transaction_session_timeout to 30s.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
\echo 'setting role:pipeline_service:idle_in_transaction_session_timeout: set idle_in_transaction_session_timeout to 30s (keeps every row and every other object)'
BEGIN;
ALTER ROLE "pipeline_service" SET idle_in_transaction_session_timeout = '30s';
COMMIT;

-- setting role:pipeline_monitor:statement_timeout: set statement_timeout to 5s.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
\echo 'setting role:pipeline_monitor:statement_timeout: set statement_timeout to 5s (keeps every row and every other object)'
BEGIN;
ALTER ROLE "pipeline_monitor" SET statement_timeout = '5s';
COMMIT;

-- setting role:pipeline_monitor:default_transaction_read_only: set default_transaction_read_only to on.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
\echo 'setting role:pipeline_monitor:default_transaction_read_only: set default_transaction_read_only to on (keeps every row and every other object)'
BEGIN;
ALTER ROLE "pipeline_monitor" SET default_transaction_read_only = 'on';
COMMIT;

-- table pipeline_private.rollout_ledger: create it whole: it outlives everything else.
-- Locks: AccessExclusiveLock on pipeline_private.rollout_ledger.
-- Keeps: every row and every other object.
SELECT to_regclass('"pipeline_private"."rollout_ledger"') IS NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.rollout_ledger: create it whole: it outlives everything else (keeps every row and every other object)'
BEGIN;
CREATE TABLE "pipeline_private"."rollout_ledger" (
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "recorded_at" timestamptz NOT NULL DEFAULT (clock_timestamp()),
  "event" text NOT NULL,
  "subject" text NOT NULL DEFAULT '',
  "actor" text NOT NULL,
  "login" text NOT NULL DEFAULT (SESSION_USER),
  "commit_id" text NOT NULL DEFAULT '',
  "from_value" text NOT NULL DEFAULT '',
  "to_value" text NOT NULL DEFAULT '',
  "reason" text NOT NULL DEFAULT '',
  "details" jsonb NOT NULL DEFAULT '{}',
  CONSTRAINT "rollout_ledger_event_check" CHECK (event IN ('phase', 'flag', 'gate', 'override', 'approval', 'latch', 'unlatch', 'backup', 'rollback', 'cohort', 'removal', 'identity', 'take-over')),
  CONSTRAINT "rollout_ledger_actor_check" CHECK (actor <> ''),
  CONSTRAINT "rollout_ledger_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "pipeline_private"."rollout_ledger" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "pipeline_private"."rollout_ledger" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "pipeline_private"."rollout_ledger" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "pipeline_private"."rollout_ledger" OWNER TO "pipeline_owner";
CREATE OR REPLACE FUNCTION "pipeline_private"."refuse_change"()
  RETURNS trigger
  LANGUAGE plpgsql VOLATILE SECURITY INVOKER
  SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
  RAISE EXCEPTION '% on % is refused: it is only ever added to', TG_OP, TG_TABLE_NAME USING
    ERRCODE = 'insufficient_privilege';
END
$body$;
ALTER FUNCTION "pipeline_private"."refuse_change"() OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "pipeline_private"."refuse_change"() FROM PUBLIC, "anon", "authenticated", "service_role";
CREATE POLICY "owner_all" ON "pipeline_private"."rollout_ledger"
  AS PERMISSIVE FOR ALL TO "pipeline_owner"
  USING (true)
  WITH CHECK (true);
CREATE POLICY "monitor_select" ON "pipeline_private"."rollout_ledger"
  AS PERMISSIVE FOR SELECT TO "pipeline_monitor"
  USING (true);
CREATE OR REPLACE TRIGGER "rollout_ledger_refuse_change"
  BEFORE DELETE OR UPDATE OR TRUNCATE ON "pipeline_private"."rollout_ledger"
  FOR EACH STATEMENT
  EXECUTE FUNCTION "pipeline_private"."refuse_change"();
GRANT INSERT ON TABLE "pipeline_private"."rollout_ledger" TO CURRENT_USER;
GRANT SELECT ON TABLE "pipeline_private"."rollout_ledger" TO CURRENT_USER;
GRANT SELECT ON TABLE "pipeline_private"."rollout_ledger" TO "pipeline_monitor";
COMMIT;
\endif

-- table public.creator_profiles: create the table, closed to everybody.
-- Locks: ShareRowExclusiveLock on auth.users, AccessExclusiveLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."creator_profiles"') IS NULL AS needed \gset
\if :needed
\echo 'table public.creator_profiles: create the table, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE TABLE "public"."creator_profiles" (
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "user_id" uuid NOT NULL,
  "creative_role" text DEFAULT 'undefined',
  "onboarding_stage" text DEFAULT 'portfolio-submission',
  "cultural_alignment" integer DEFAULT 0,
  "readiness_score" integer DEFAULT 0,
  "ai_experience_level" text DEFAULT 'none',
  "community_interest" integer DEFAULT 0,
  "preferred_learning_style" text DEFAULT 'project-based',
  "referral_source" text,
  "cultural_motivation" text,
  "collaboration_experience" text,
  "pipeline_version" text DEFAULT '1.0',
  "last_activity_at" timestamptz DEFAULT now(),
  "metrics" jsonb DEFAULT '{}',
  "created_at" timestamptz DEFAULT now(),
  "updated_at" timestamptz DEFAULT now(),
  CONSTRAINT "creator_profiles_creative_role_check" CHECK (creative_role IN ('visual-artist', 'musician', 'writer', 'mixed-media', 'curator', 'undefined')),
  CONSTRAINT "creator_profiles_onboarding_stage_check" CHECK (onboarding_stage IN ('portfolio-submission', 'cultural-alignment-check', 'skill-assessment', 'agent-potential-mapping', 'academy-integration', 'training-path-selection', 'completed')),
  CONSTRAINT "creator_profiles_cultural_alignment_check" CHECK (cultural_alignment >= 0 AND cultural_alignment <= 100),
  CONSTRAINT "creator_profiles_readiness_score_check" CHECK (readiness_score >= 0 AND readiness_score <= 100),
  CONSTRAINT "creator_profiles_ai_experience_level_check" CHECK (ai_experience_level IN ('none', 'basic', 'intermediate', 'advanced')),
  CONSTRAINT "creator_profiles_community_interest_check" CHECK (community_interest >= 0 AND community_interest <= 100),
  CONSTRAINT "creator_profiles_preferred_learning_style_check" CHECK (preferred_learning_style IN ('project-based', 'structured', 'peer-learning', 'self-directed')),
  CONSTRAINT "creator_profiles_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth"."users" ("id") ON DELETE CASCADE,
  CONSTRAINT "creator_profiles_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "public"."creator_profiles" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."creator_profiles" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "public"."creator_profiles" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "public"."creator_profiles" OWNER TO "pipeline_owner";
COMMIT;
\endif

-- table public.assessment_scores: create the table, closed to everybody.
-- Locks: ShareRowExclusiveLock on public.creator_profiles, AccessExclusiveLock on public.assessment_scores.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."assessment_scores"') IS NULL AS needed \gset
\if :needed
\echo 'table public.assessment_scores: create the table, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE TABLE "public"."assessment_scores" (
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "creator_profile_id" uuid NOT NULL,
  "dimension" text NOT NULL,
  "score" integer NOT NULL,
  "max_score" integer DEFAULT 100,
  "evidence" jsonb DEFAULT '{}',
  "assessed_at" timestamptz DEFAULT now(),
  "assessor_type" text DEFAULT 'ai',
  "cultural_notes" text,
  "growth_potential" text DEFAULT 'medium',
  "collaboration_readiness" integer DEFAULT 50,
  "assessment_version" text DEFAULT '1.0',
  "confidence_score" integer DEFAULT 90,
  "created_at" timestamptz DEFAULT now(),
  CONSTRAINT "assessment_scores_score_check" CHECK (score >= 0 AND score <= 100),
  CONSTRAINT "assessment_scores_assessor_type_check" CHECK (assessor_type IN ('ai', 'human', 'peer')),
  CONSTRAINT "assessment_scores_growth_potential_check" CHECK (growth_potential IN ('high', 'medium', 'low')),
  CONSTRAINT "assessment_scores_collaboration_readiness_check" CHECK (collaboration_readiness >= 0 AND collaboration_readiness <= 100),
  CONSTRAINT "assessment_scores_confidence_score_check" CHECK (confidence_score >= 0 AND confidence_score <= 100),
  CONSTRAINT "assessment_scores_creator_profile_id_fkey" FOREIGN KEY ("creator_profile_id") REFERENCES "public"."creator_profiles" ("id") ON DELETE CASCADE,
  CONSTRAINT "assessment_scores_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "public"."assessment_scores" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."assessment_scores" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "public"."assessment_scores" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "public"."assessment_scores" OWNER TO "pipeline_owner";
COMMIT;
\endif

-- table public.pipeline_sessions: create the table, closed to everybody.
-- Locks: ShareRowExclusiveLock on public.creator_profiles, AccessExclusiveLock on public.pipeline_sessions.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."pipeline_sessions"') IS NULL AS needed \gset
\if :needed
\echo 'table public.pipeline_sessions: create the table, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE TABLE "public"."pipeline_sessions" (
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "creator_profile_id" uuid NOT NULL,
  "stage" text NOT NULL,
  "started_at" timestamptz DEFAULT now(),
  "completed_at" timestamptz,
  "feedback" text[] DEFAULT '{}',
  "next_steps" text[] DEFAULT '{}',
  "cultural_mentor_notes" text,
  "session_data" jsonb DEFAULT '{}',
  "processing_time_ms" integer DEFAULT 0,
  "success_metrics" jsonb DEFAULT '{}',
  "error_logs" jsonb DEFAULT '{}',
  "created_at" timestamptz DEFAULT now(),
  "updated_at" timestamptz DEFAULT now(),
  CONSTRAINT "pipeline_sessions_stage_check" CHECK (stage IN ('portfolio-submission', 'cultural-alignment-check', 'skill-assessment', 'agent-potential-mapping', 'academy-integration', 'training-path-selection', 'completed')),
  CONSTRAINT "pipeline_sessions_creator_profile_id_fkey" FOREIGN KEY ("creator_profile_id") REFERENCES "public"."creator_profiles" ("id") ON DELETE CASCADE,
  CONSTRAINT "pipeline_sessions_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "public"."pipeline_sessions" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."pipeline_sessions" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "public"."pipeline_sessions" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "public"."pipeline_sessions" OWNER TO "pipeline_owner";
COMMIT;
\endif

-- table public.agent_potential_mappings: create the table, closed to everybody.
-- Locks: ShareRowExclusiveLock on public.creator_profiles, AccessExclusiveLock on public.agent_potential_mappings.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."agent_potential_mappings"') IS NULL AS needed \gset
\if :needed
\echo 'table public.agent_potential_mappings: create the table, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE TABLE "public"."agent_potential_mappings" (
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "creator_profile_id" uuid NOT NULL,
  "agent_role" text NOT NULL,
  "confidence" integer NOT NULL,
  "cultural_fit" integer NOT NULL,
  "reasoning" text[] DEFAULT '{}',
  "training_path_suggestion" text NOT NULL,
  "expected_growth_areas" text[] DEFAULT '{}',
  "market_analysis" jsonb DEFAULT '{}',
  "economic_viability" jsonb DEFAULT '{}',
  "launch_readiness" integer DEFAULT 0,
  "recommendation_rank" integer DEFAULT 1,
  "created_at" timestamptz DEFAULT now(),
  "updated_at" timestamptz DEFAULT now(),
  CONSTRAINT "agent_potential_mappings_agent_role_check" CHECK (agent_role IN ('image-generation', 'audio-creation', 'text-story-generation', 'multi-modal-creative', 'curation-assistant', 'exploration-needed')),
  CONSTRAINT "agent_potential_mappings_confidence_check" CHECK (confidence >= 0 AND confidence <= 100),
  CONSTRAINT "agent_potential_mappings_cultural_fit_check" CHECK (cultural_fit >= 0 AND cultural_fit <= 100),
  CONSTRAINT "agent_potential_mappings_launch_readiness_check" CHECK (launch_readiness >= 0 AND launch_readiness <= 100),
  CONSTRAINT "agent_potential_mappings_creator_profile_id_fkey" FOREIGN KEY ("creator_profile_id") REFERENCES "public"."creator_profiles" ("id") ON DELETE CASCADE,
  CONSTRAINT "agent_potential_mappings_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "public"."agent_potential_mappings" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."agent_potential_mappings" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "public"."agent_potential_mappings" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "public"."agent_potential_mappings" OWNER TO "pipeline_owner";
COMMIT;
\endif

-- table public.creator_economics: create the table, closed to everybody.
-- Locks: ShareRowExclusiveLock on public.creator_profiles, AccessExclusiveLock on public.creator_economics.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."creator_economics"') IS NULL AS needed \gset
\if :needed
\echo 'table public.creator_economics: create the table, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE TABLE "public"."creator_economics" (
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "creator_profile_id" uuid NOT NULL,
  "revenue_model" text NOT NULL,
  "projected_monthly_revenue" integer DEFAULT 0,
  "revenue_share_percentage" numeric(5,2) DEFAULT '25.00',
  "economic_validation_score" integer DEFAULT 0,
  "market_demand_score" integer DEFAULT 70,
  "competitive_advantage_score" integer DEFAULT 50,
  "contract_terms" jsonb DEFAULT '{}',
  "validation_date" timestamptz DEFAULT now(),
  "validated_by" text DEFAULT 'system',
  "created_at" timestamptz DEFAULT now(),
  "updated_at" timestamptz DEFAULT now(),
  CONSTRAINT "creator_economics_revenue_model_check" CHECK (revenue_model IN ('agent-originator', 'ongoing-trainer', 'agent-collaborator', 'creator-mentor')),
  CONSTRAINT "creator_economics_revenue_share_percentage_check" CHECK (revenue_share_percentage >= 0 AND revenue_share_percentage <= 100),
  CONSTRAINT "creator_economics_economic_validation_score_check" CHECK (economic_validation_score >= 0 AND economic_validation_score <= 100),
  CONSTRAINT "creator_economics_market_demand_score_check" CHECK (market_demand_score >= 0 AND market_demand_score <= 100),
  CONSTRAINT "creator_economics_competitive_advantage_score_check" CHECK (competitive_advantage_score >= 0 AND competitive_advantage_score <= 100),
  CONSTRAINT "creator_economics_creator_profile_id_fkey" FOREIGN KEY ("creator_profile_id") REFERENCES "public"."creator_profiles" ("id") ON DELETE CASCADE,
  CONSTRAINT "creator_economics_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "public"."creator_economics" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."creator_economics" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "public"."creator_economics" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "public"."creator_economics" OWNER TO "pipeline_owner";
COMMIT;
\endif

-- table public.pipeline_metrics: create the table, closed to everybody.
-- Locks: ShareRowExclusiveLock on public.creator_profiles, AccessExclusiveLock on public.pipeline_metrics.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."pipeline_metrics"') IS NULL AS needed \gset
\if :needed
\echo 'table public.pipeline_metrics: create the table, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE TABLE "public"."pipeline_metrics" (
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "creator_profile_id" uuid NOT NULL,
  "metric_type" text NOT NULL,
  "metric_name" text NOT NULL,
  "metric_value" numeric(10,2) NOT NULL,
  "metric_unit" text DEFAULT 'count',
  "stage" text,
  "recorded_at" timestamptz DEFAULT now(),
  "metadata" jsonb DEFAULT '{}',
  CONSTRAINT "pipeline_metrics_creator_profile_id_fkey" FOREIGN KEY ("creator_profile_id") REFERENCES "public"."creator_profiles" ("id") ON DELETE CASCADE,
  CONSTRAINT "pipeline_metrics_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "public"."pipeline_metrics" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."pipeline_metrics" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "public"."pipeline_metrics" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "public"."pipeline_metrics" OWNER TO "pipeline_owner";
COMMIT;
\endif

-- table public.creator_feature_flags: create the table, closed to everybody.
-- Locks: ShareRowExclusiveLock on public.creator_profiles, ShareRowExclusiveLock on auth.users, AccessExclusiveLock on public.creator_feature_flags.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."creator_feature_flags"') IS NULL AS needed \gset
\if :needed
\echo 'table public.creator_feature_flags: create the table, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE TABLE "public"."creator_feature_flags" (
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "creator_profile_id" uuid NOT NULL,
  "flag_name" text NOT NULL,
  "flag_value" boolean NOT NULL,
  "override_reason" text,
  "set_by" uuid,
  "expires_at" timestamptz,
  "created_at" timestamptz DEFAULT now(),
  CONSTRAINT "creator_feature_flags_creator_profile_id_fkey" FOREIGN KEY ("creator_profile_id") REFERENCES "public"."creator_profiles" ("id") ON DELETE CASCADE,
  CONSTRAINT "creator_feature_flags_set_by_fkey" FOREIGN KEY ("set_by") REFERENCES "auth"."users" ("id"),
  CONSTRAINT "creator_feature_flags_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "public"."creator_feature_flags" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."creator_feature_flags" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "public"."creator_feature_flags" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "public"."creator_feature_flags" OWNER TO "pipeline_owner";
COMMIT;
\endif

-- table pipeline_private.feature_flags: create the table, closed to everybody.
-- Locks: AccessExclusiveLock on pipeline_private.feature_flags.
-- Keeps: every row and every other object.
SELECT to_regclass('"pipeline_private"."feature_flags"') IS NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.feature_flags: create the table, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE TABLE "pipeline_private"."feature_flags" (
  "name" text NOT NULL,
  "enabled" boolean NOT NULL DEFAULT false,
  "requires" text,
  "cohort_only" boolean NOT NULL DEFAULT true,
  "obeys_latch" boolean NOT NULL DEFAULT true,
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  "updated_by" text NOT NULL,
  CONSTRAINT "feature_flags_name_check" CHECK (name IN ('ENABLE_CREATIVE_PIPELINE', 'CREATIVE_PIPELINE_ASSESSMENT', 'CREATOR_AGENT_ECONOMICS', 'CREATOR_AGENT_LAUNCH', 'CREATIVE_PIPELINE_FULL', 'PIPELINE_MONITORING_ENABLED', 'PIPELINE_PERFORMANCE_ALERTS')),
  CONSTRAINT "feature_flags_pkey" PRIMARY KEY ("name")
);
ALTER TABLE "pipeline_private"."feature_flags" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "pipeline_private"."feature_flags" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "pipeline_private"."feature_flags" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "pipeline_private"."feature_flags" OWNER TO "pipeline_owner";
COMMIT;
\endif

-- table pipeline_private.rollout_state: create the table, closed to everybody.
-- Locks: AccessExclusiveLock on pipeline_private.rollout_state.
-- Keeps: every row and every other object.
SELECT to_regclass('"pipeline_private"."rollout_state"') IS NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.rollout_state: create the table, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE TABLE "pipeline_private"."rollout_state" (
  "id" boolean NOT NULL DEFAULT true,
  "phase" integer NOT NULL,
  "audience" text NOT NULL,
  "beta_cap" integer,
  "latched" boolean NOT NULL DEFAULT false,
  "latched_at" timestamptz,
  "latched_by" text,
  "latched_reason" text,
  "changed_at" timestamptz NOT NULL DEFAULT now(),
  "changed_by" text NOT NULL,
  CONSTRAINT "rollout_state_id_check" CHECK (id),
  CONSTRAINT "rollout_state_phase_check" CHECK (phase >= 1 AND phase <= 5),
  CONSTRAINT "rollout_state_audience_check" CHECK (audience IN ('nobody', 'cohort', 'everyone')),
  CONSTRAINT "rollout_state_beta_cap_check" CHECK (beta_cap >= 0),
  CONSTRAINT "rollout_state_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "pipeline_private"."rollout_state" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "pipeline_private"."rollout_state" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "pipeline_private"."rollout_state" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "pipeline_private"."rollout_state" OWNER TO "pipeline_owner";
COMMIT;
\endif

-- table pipeline_private.sign_up_counter: create the table, closed to everybody.
-- Locks: AccessExclusiveLock on pipeline_private.sign_up_counter.
-- Keeps: every row and every other object.
SELECT to_regclass('"pipeline_private"."sign_up_counter"') IS NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.sign_up_counter: create the table, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE TABLE "pipeline_private"."sign_up_counter" (
  "id" boolean NOT NULL DEFAULT true,
  "sign_ups" bigint NOT NULL DEFAULT 0,
  CONSTRAINT "sign_up_counter_id_check" CHECK (id),
  CONSTRAINT "sign_up_counter_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "pipeline_private"."sign_up_counter" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "pipeline_private"."sign_up_counter" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "pipeline_private"."sign_up_counter" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "pipeline_private"."sign_up_counter" OWNER TO "pipeline_owner";
COMMIT;
\endif

-- table pipeline_private.cohort_members: create the table, closed to everybody.
-- Locks: ShareRowExclusiveLock on auth.users, AccessExclusiveLock on pipeline_private.cohort_members.
-- Keeps: every row and every other object.
SELECT to_regclass('"pipeline_private"."cohort_members"') IS NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.cohort_members: create the table, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE TABLE "pipeline_private"."cohort_members" (
  "user_id" uuid NOT NULL,
  "kind" text NOT NULL,
  "source" text NOT NULL,
  "added_by" text NOT NULL,
  "added_at" timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT "cohort_members_kind_check" CHECK (kind IN ('team', 'beta')),
  CONSTRAINT "cohort_members_source_check" CHECK (source IN ('stack', 'command')),
  CONSTRAINT "cohort_members_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth"."users" ("id") ON DELETE CASCADE,
  CONSTRAINT "cohort_members_pkey" PRIMARY KEY ("user_id")
);
ALTER TABLE "pipeline_private"."cohort_members" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "pipeline_private"."cohort_members" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "pipeline_private"."cohort_members" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "pipeline_private"."cohort_members" OWNER TO "pipeline_owner";
COMMIT;
\endif

-- table pipeline_private.metrics_rollup: create the table, closed to everybody.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup.
-- Keeps: every row and every other object.
SELECT to_regclass('"pipeline_private"."metrics_rollup"') IS NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.metrics_rollup: create the table, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE TABLE "pipeline_private"."metrics_rollup" (
  "hour" timestamptz NOT NULL,
  "metric_name" text NOT NULL,
  "stage" text NOT NULL,
  "bucket" integer NOT NULL,
  "number" bigint NOT NULL,
  "unusable" bigint NOT NULL,
  "total" numeric NOT NULL,
  "least" numeric,
  "most" numeric,
  "seconds" numeric,
  "squares" numeric,
  "products" numeric,
  CONSTRAINT "metrics_rollup_pkey" PRIMARY KEY ("metric_name", "hour", "stage", "bucket")
);
ALTER TABLE "pipeline_private"."metrics_rollup" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "pipeline_private"."metrics_rollup" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "pipeline_private"."metrics_rollup" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "pipeline_private"."metrics_rollup" OWNER TO "pipeline_owner";
COMMIT;
\endif

-- table pipeline_private.metrics_rollup_stale: create the table, closed to everybody.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup_stale.
-- Keeps: every row and every other object.
SELECT to_regclass('"pipeline_private"."metrics_rollup_stale"') IS NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.metrics_rollup_stale: create the table, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE TABLE "pipeline_private"."metrics_rollup_stale" (
  "hour" timestamptz NOT NULL,
  "xact" xid8 NOT NULL,
  CONSTRAINT "metrics_rollup_stale_pkey" PRIMARY KEY ("hour", "xact")
);
ALTER TABLE "pipeline_private"."metrics_rollup_stale" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "pipeline_private"."metrics_rollup_stale" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "pipeline_private"."metrics_rollup_stale" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "pipeline_private"."metrics_rollup_stale" OWNER TO "pipeline_owner";
COMMIT;
\endif

-- table pipeline_private.metrics_rollup_state: create the table, closed to everybody.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup_state.
-- Keeps: every row and every other object.
SELECT to_regclass('"pipeline_private"."metrics_rollup_state"') IS NULL AS needed \gset
\if :needed
\echo 'table pipeline_private.metrics_rollup_state: create the table, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE TABLE "pipeline_private"."metrics_rollup_state" (
  "id" boolean NOT NULL DEFAULT true,
  "triggers" text,
  "watermark" timestamptz,
  "settled_at" timestamptz,
  "checkpoint_at" timestamptz,
  "checkpoint_xact" xid8,
  "refreshed_at" timestamptz,
  CONSTRAINT "metrics_rollup_state_id_check" CHECK (id),
  CONSTRAINT "metrics_rollup_state_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "pipeline_private"."metrics_rollup_state" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "pipeline_private"."metrics_rollup_state" FORCE ROW LEVEL SECURITY;
REVOKE ALL ON TABLE "pipeline_private"."metrics_rollup_state" FROM PUBLIC, "anon", "authenticated", "service_role";
ALTER TABLE "pipeline_private"."metrics_rollup_state" OWNER TO "pipeline_owner";
COMMIT;
\endif

-- function pipeline_private.touch_updated_at(): create the function, closed to everybody.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."touch_updated_at"()')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = '05573a3d9d74f370c9c9326b1b61d477343e5b57f399760b6d71e72c71643033') AS needed \gset
\if :needed
\echo 'function pipeline_private.touch_updated_at(): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "pipeline_private"."touch_updated_at"()
  RETURNS trigger
  LANGUAGE plpgsql VOLATILE SECURITY INVOKER
  SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
  NEW.updated_at := pg_catalog.now();
  RETURN NEW;
END
$body$;
ALTER FUNCTION "pipeline_private"."touch_updated_at"() OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "pipeline_private"."touch_updated_at"() FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- function pipeline_private.touch_creator_activity(): create the function, closed to everybody.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."touch_creator_activity"()')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = '4ef89b5752bbb1b7e95e9dca2a30cdc8a9e497c384ed7bdd2c884400bed710a0') AS needed \gset
\if :needed
\echo 'function pipeline_private.touch_creator_activity(): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "pipeline_private"."touch_creator_activity"()
  RETURNS trigger
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
  IF TG_LEVEL = 'STATEMENT' THEN
    PERFORM
       FROM public.creator_profiles AS q
      WHERE q.id = ANY (ARRAY(SELECT i.creator_profile_id FROM inserted AS i))
        AND COALESCE(q.last_activity_at, '-infinity') < pg_catalog.now() - INTERVAL '1 minute'
      LIMIT 1;
    IF FOUND THEN
      UPDATE public.creator_profiles AS p
         SET last_activity_at = pg_catalog.now()
       WHERE p.id = ANY (ARRAY(
               SELECT q.id
                 FROM public.creator_profiles AS q
                WHERE q.id = ANY (ARRAY(SELECT i.creator_profile_id FROM inserted AS i))
                  AND COALESCE(q.last_activity_at, '-infinity') < pg_catalog.now() - INTERVAL '1 minute'
                ORDER BY q.id
                  FOR NO KEY UPDATE));
    END IF;
  ELSE
    UPDATE public.creator_profiles AS p
       SET last_activity_at = pg_catalog.now()
     WHERE p.id = COALESCE(NEW.creator_profile_id, OLD.creator_profile_id)
       AND (p.last_activity_at IS NULL OR p.last_activity_at < pg_catalog.now() - INTERVAL '1 minute');
  END IF;
  RETURN NULL;
END
$body$;
ALTER FUNCTION "pipeline_private"."touch_creator_activity"() OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "pipeline_private"."touch_creator_activity"() FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- function public.get_creator_pipeline_status(uuid): create the function, closed to everybody.
-- Locks: AccessShareLock on public.creator_profiles, AccessShareLock on public.pipeline_sessions, AccessShareLock on public.assessment_scores, AccessShareLock on public.agent_potential_mappings.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"public"."get_creator_pipeline_status"(uuid)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'a994fe15d4672cb9abc64dfed5443f818043e73f567abe30f4875300fa3228e7') AS needed \gset
\if :needed
\echo 'function public.get_creator_pipeline_status(uuid): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "public"."get_creator_pipeline_status"("creator_id" uuid)
  RETURNS json
  LANGUAGE sql STABLE SECURITY INVOKER
  SET search_path = pg_catalog, pg_temp
AS $body$
SELECT pg_catalog.json_build_object(
  'profile', pg_catalog.row_to_json(p),
  'latest_session', (
    SELECT pg_catalog.row_to_json(s)
      FROM public.pipeline_sessions AS s
     WHERE s.creator_profile_id = p.id AND s.started_at IS NOT NULL
     ORDER BY s.started_at DESC
     LIMIT 1),
  'assessment_summary', (
    SELECT pg_catalog.json_build_object(
      'count', pg_catalog.count(*),
      'average_score', pg_catalog.avg(a.score),
      'dimensions', COALESCE(
        pg_catalog.json_agg(
          pg_catalog.json_build_object('dimension', a.dimension, 'score', a.score, 'max_score', a.max_score)
          ORDER BY a.dimension, a.assessed_at DESC),
        '[]'::json))
      FROM public.assessment_scores AS a
     WHERE a.creator_profile_id = p.id),
  'agent_mappings', (
    SELECT COALESCE(pg_catalog.json_agg(pg_catalog.row_to_json(m) ORDER BY m.confidence DESC, m.id), '[]'::json)
      FROM public.agent_potential_mappings AS m
     WHERE m.creator_profile_id = p.id))
  FROM public.creator_profiles AS p
 WHERE p.id = creator_id
$body$;
ALTER FUNCTION "public"."get_creator_pipeline_status"(uuid) OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "public"."get_creator_pipeline_status"(uuid) FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- function pipeline_private.admit_creator(): create the function, closed to everybody.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."admit_creator"()')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'd7fbd302e7cabce49ee1a16e63b857ba23e4ceb06b4ebba79b33e1038d2394f5') AS needed \gset
\if :needed
\echo 'function pipeline_private.admit_creator(): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "pipeline_private"."admit_creator"()
  RETURNS trigger
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
  state record;
  member_kind text;
  has_counter boolean;
  taken bigint;
BEGIN
  PERFORM 1 FROM public.creator_profiles AS p WHERE p.user_id = NEW.user_id FOR KEY SHARE;
  IF FOUND THEN
    RETURN NEW;  -- no new creator: the unique index has the word
  END IF;
  SELECT * INTO state FROM pipeline_private.rollout_state;
  IF state.id IS NULL OR state.latched OR state.audience = 'nobody' OR NOT EXISTS (
       SELECT 1 FROM pipeline_private.feature_flags AS f WHERE f.name = 'ENABLE_CREATIVE_PIPELINE' AND f.enabled) THEN
    RAISE EXCEPTION 'COH003 sign-up is closed' USING
      ERRCODE = 'insufficient_privilege', HINT = 'Nobody may enter the pipeline in this phase.';
  END IF;
  IF state.audience = 'everyone' THEN
    RETURN NEW;
  END IF;
  SELECT m.kind INTO member_kind FROM pipeline_private.cohort_members AS m WHERE m.user_id = NEW.user_id;
  IF member_kind IS NULL THEN
    RAISE EXCEPTION 'COH003 sign-up is not open to this user' USING
      ERRCODE = 'insufficient_privilege', HINT = 'Only members of the cohort may enter in this phase.';
  END IF;
  IF member_kind = 'team' OR state.beta_cap IS NULL THEN
    RETURN NEW;
  END IF;
  UPDATE pipeline_private.sign_up_counter SET sign_ups = sign_ups + 1;
  has_counter := FOUND;
  SELECT pg_catalog.count(*) INTO taken
    FROM pipeline_private.cohort_members AS m
    JOIN public.creator_profiles AS p ON p.user_id = m.user_id
   WHERE m.kind = 'beta' AND p.id <> NEW.id;
  IF NOT has_counter OR taken >= state.beta_cap THEN
    RAISE EXCEPTION 'COH003 every place of this phase is taken' USING
      ERRCODE = 'insufficient_privilege',
      DETAIL = pg_catalog.format('%s of %s places for beta creators are taken.', taken, state.beta_cap);
  END IF;
  RETURN NEW;
END
$body$;
ALTER FUNCTION "pipeline_private"."admit_creator"() OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "pipeline_private"."admit_creator"() FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- function pipeline_private.obey_latch(): create the function, closed to everybody.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."obey_latch"()')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'efd25d4906e125bcf7577680fc31f8dc2c48202a916072ef9f28f49da58a1fed') AS needed \gset
\if :needed
\echo 'function pipeline_private.obey_latch(): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "pipeline_private"."obey_latch"()
  RETURNS trigger
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
  is_latched boolean;
BEGIN
  IF NEW.enabled AND NEW.obeys_latch THEN
    SELECT s.latched INTO is_latched FROM pipeline_private.rollout_state AS s FOR SHARE;
    IF is_latched THEN
      RAISE EXCEPTION 'FLAG005 the kill switch is set: % stays off', NEW.name USING
        ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Lift it with lift_kill_switch(who, why).';
    END IF;
  END IF;
  RETURN NEW;
END
$body$;
ALTER FUNCTION "pipeline_private"."obey_latch"() OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "pipeline_private"."obey_latch"() FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- function pipeline_private.set_rollout(jsonb, text, text, text, text, jsonb): create the function, closed to everybody.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."set_rollout"(jsonb, text, text, text, text, jsonb)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'c34ba4f19d7b0b2e9cc7b0e0ca819aee9ec3cafa8ec7f278bbc068303062ec5b') AS needed \gset
\if :needed
\echo 'function pipeline_private.set_rollout(jsonb, text, text, text, text, jsonb): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "pipeline_private"."set_rollout"("wanted" jsonb, "event" text, "actor" text, "commit_id" text, "reason" text, "details" jsonb)
  RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY INVOKER
  SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
  before record;
  wanted_phase integer := (wanted ->> 'phase')::integer;
  wanted_cap integer := (wanted ->> 'betaCap')::integer;
  item record;
BEGIN
  INSERT INTO pipeline_private.sign_up_counter (id) VALUES (true) ON CONFLICT (id) DO NOTHING;
  SELECT * INTO before FROM pipeline_private.rollout_state FOR UPDATE;
  IF before.latched AND EXISTS (
       SELECT 1 FROM pg_catalog.jsonb_to_recordset(wanted -> 'flags') AS w (enabled boolean, "obeysLatch" boolean)
        WHERE w.enabled AND w."obeysLatch") THEN
    RAISE EXCEPTION 'FLAG005 the kill switch is set (by %, %)', before.latched_by, before.latched_reason USING
      ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Lift it with lift_kill_switch(who, why).';
  END IF;
  INSERT INTO pipeline_private.rollout_state AS s (phase, audience, beta_cap, changed_by)
  VALUES (wanted_phase, wanted ->> 'audience', wanted_cap, actor)
  ON CONFLICT (id) DO UPDATE
     SET phase = excluded.phase, audience = excluded.audience, beta_cap = excluded.beta_cap,
         changed_at = pg_catalog.clock_timestamp(), changed_by = excluded.changed_by
   WHERE (s.phase, s.audience, s.beta_cap) IS DISTINCT FROM (excluded.phase, excluded.audience, excluded.beta_cap);
  IF event <> 'phase' OR before.phase IS DISTINCT FROM wanted_phase THEN
    INSERT INTO pipeline_private.rollout_ledger
      (event, subject, actor, commit_id, from_value, to_value, reason, details)
    VALUES (set_rollout.event, 'phase', actor, set_rollout.commit_id, COALESCE(before.phase::text, ''),
            wanted_phase::text, set_rollout.reason, set_rollout.details);
  END IF;
  IF before.id IS NOT NULL AND before.beta_cap IS DISTINCT FROM wanted_cap AND before.phase = wanted_phase THEN
    INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, commit_id, from_value, to_value, reason)
    VALUES ('cohort', 'cap', actor, set_rollout.commit_id, COALESCE(before.beta_cap::text, 'none'),
            COALESCE(wanted_cap::text, 'none'), set_rollout.reason);
  END IF;
  FOR item IN
    SELECT w.name, w.enabled, w.requires, w."cohortOnly" AS cohort_only, w."obeysLatch" AS obeys_latch, f.enabled AS was
      FROM pg_catalog.jsonb_to_recordset(wanted -> 'flags')
        AS w (name text, enabled boolean, requires text, "cohortOnly" boolean, "obeysLatch" boolean)
      LEFT JOIN pipeline_private.feature_flags AS f ON f.name = w.name
     ORDER BY w.name
  LOOP
    INSERT INTO pipeline_private.feature_flags AS f (name, enabled, requires, cohort_only, obeys_latch, updated_by)
    VALUES (item.name, item.enabled, item.requires, item.cohort_only, item.obeys_latch, actor)
    ON CONFLICT (name) DO UPDATE
       SET enabled = excluded.enabled, requires = excluded.requires, cohort_only = excluded.cohort_only,
           obeys_latch = excluded.obeys_latch, updated_at = pg_catalog.clock_timestamp(),
           updated_by = excluded.updated_by
     WHERE (f.enabled, f.requires, f.cohort_only, f.obeys_latch)
           IS DISTINCT FROM (excluded.enabled, excluded.requires, excluded.cohort_only, excluded.obeys_latch);
    IF COALESCE(item.was, false) <> item.enabled THEN
      INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, commit_id, from_value, to_value, reason)
      VALUES ('flag', item.name, actor, set_rollout.commit_id, CASE WHEN item.was THEN 'on' ELSE 'off' END,
              CASE WHEN item.enabled THEN 'on' ELSE 'off' END, set_rollout.reason);
    END IF;
  END LOOP;
END
$body$;
ALTER FUNCTION "pipeline_private"."set_rollout"(jsonb, text, text, text, text, jsonb) OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "pipeline_private"."set_rollout"(jsonb, text, text, text, text, jsonb) FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- function pipeline_private.set_cohort(jsonb, text, text): create the function, closed to everybody.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."set_cohort"(jsonb, text, text)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = '98bd0e6803122eb6f14ca9cc1fc13b772029e720b76fbedccd1c3cf58e11cb5b') AS needed \gset
\if :needed
\echo 'function pipeline_private.set_cohort(jsonb, text, text): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "pipeline_private"."set_cohort"("members" jsonb, "actor" text, "commit_id" text)
  RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY INVOKER
  SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
  WITH gone AS (
    DELETE FROM pipeline_private.cohort_members AS m
     WHERE m.source = 'stack'
       AND m.user_id NOT IN (SELECT w."user" FROM pg_catalog.jsonb_to_recordset(members) AS w ("user" uuid))
    RETURNING m.user_id, m.kind
  )
  INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, commit_id, from_value, to_value)
  SELECT 'cohort', g.user_id::text, actor, set_cohort.commit_id, g.kind, '' FROM gone AS g;
  WITH wanted AS (
    SELECT w."user", w.kind, w."addedBy"
      FROM pg_catalog.jsonb_to_recordset(members) AS w ("user" uuid, kind text, "addedBy" text)
  ), before AS (
    SELECT m.user_id, m.kind FROM pipeline_private.cohort_members AS m
  ), made AS (
    INSERT INTO pipeline_private.cohort_members AS m (user_id, kind, source, added_by)
    SELECT w."user", w.kind, 'stack', w."addedBy" FROM wanted AS w
    ON CONFLICT (user_id) DO UPDATE
       SET kind = excluded.kind, source = excluded.source, added_by = excluded.added_by
     WHERE (m.kind, m.source, m.added_by) IS DISTINCT FROM (excluded.kind, excluded.source, excluded.added_by)
    RETURNING m.user_id, m.kind, m.added_by
  )
  INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, commit_id, from_value, to_value, reason)
  SELECT 'cohort', n.user_id::text, actor, set_cohort.commit_id, COALESCE(b.kind, ''), n.kind, 'added by ' || n.added_by
    FROM made AS n LEFT JOIN before AS b ON b.user_id = n.user_id;
END
$body$;
ALTER FUNCTION "pipeline_private"."set_cohort"(jsonb, text, text) OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "pipeline_private"."set_cohort"(jsonb, text, text) FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- function pipeline_private.kill_switch(text, text): create the function, closed to everybody.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."kill_switch"(text, text)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'd5ed89e878a9d8285fdada58084634f665e391d9f0d8a19a19bf8996c2a4ba52') AS needed \gset
\if :needed
\echo 'function pipeline_private.kill_switch(text, text): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "pipeline_private"."kill_switch"("actor" text, "reason" text)
  RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY INVOKER
  SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
  before record;
BEGIN
  SELECT * INTO before FROM pipeline_private.rollout_state FOR UPDATE;
  IF before.id IS NULL THEN
    RAISE EXCEPTION 'nothing is rolled out here' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  IF NOT before.latched THEN
    UPDATE pipeline_private.rollout_state
       SET latched = true, latched_at = pg_catalog.clock_timestamp(), latched_by = actor,
           latched_reason = kill_switch.reason;
    INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, from_value, to_value, reason)
    VALUES ('latch', 'kill switch', actor, 'off', 'on', kill_switch.reason);
  END IF;
  WITH off AS (
    UPDATE pipeline_private.feature_flags AS f
       SET enabled = false, updated_at = pg_catalog.clock_timestamp(), updated_by = actor
     WHERE f.obeys_latch AND f.enabled
    RETURNING f.name
  )
  INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, from_value, to_value, reason)
  SELECT 'flag', o.name, actor, 'on', 'off', kill_switch.reason FROM off AS o;
  RETURN NOT before.latched;
END
$body$;
ALTER FUNCTION "pipeline_private"."kill_switch"(text, text) OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "pipeline_private"."kill_switch"(text, text) FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- function pipeline_private.lift_kill_switch(text, text): create the function, closed to everybody.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."lift_kill_switch"(text, text)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = '534cc1fc3b227ca0cbfbd70715f51a2b4e5e54e4b8ebda9a4660fca10e55970e') AS needed \gset
\if :needed
\echo 'function pipeline_private.lift_kill_switch(text, text): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "pipeline_private"."lift_kill_switch"("actor" text, "reason" text)
  RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY INVOKER
  SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
  IF COALESCE(pg_catalog.btrim(reason), '') = '' THEN
    RAISE EXCEPTION 'lifting the kill switch needs a reason' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  UPDATE pipeline_private.rollout_state
     SET latched = false, latched_at = NULL, latched_by = NULL, latched_reason = NULL
   WHERE latched;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, from_value, to_value, reason)
  VALUES ('unlatch', 'kill switch', actor, 'on', 'off', lift_kill_switch.reason);
  RETURN true;
END
$body$;
ALTER FUNCTION "pipeline_private"."lift_kill_switch"(text, text) OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "pipeline_private"."lift_kill_switch"(text, text) FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- function public.feature_enabled(text): create the function, closed to everybody.
-- Locks: AccessShareLock on pipeline_private.feature_flags, AccessShareLock on public.creator_feature_flags, AccessShareLock on public.creator_profiles, AccessShareLock on pipeline_private.rollout_state, AccessShareLock on pipeline_private.cohort_members.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"public"."feature_enabled"(text)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'a7424cee52d8ac75d497e061413d5657fa6b32f35f36b3a7ed5c9c40113ad45d') AS needed \gset
\if :needed
\echo 'function public.feature_enabled(text): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "public"."feature_enabled"("flag" text)
  RETURNS boolean
  LANGUAGE sql STABLE SECURITY INVOKER
  SET search_path = pg_catalog, pg_temp
AS $body$
WITH RECURSIVE links AS (
  SELECT f.name, f.enabled, f.requires, f.cohort_only, f.obeys_latch
    FROM pipeline_private.feature_flags AS f
   WHERE f.name = flag
   UNION
  SELECT r.name, r.enabled, r.requires, r.cohort_only, r.obeys_latch
    FROM pipeline_private.feature_flags AS r
    JOIN links AS l ON l.requires = r.name
),
own AS (
  SELECT DISTINCT ON (o.flag_name) o.flag_name, o.flag_value
    FROM public.creator_feature_flags AS o
    JOIN public.creator_profiles AS p ON p.id = o.creator_profile_id
   WHERE p.user_id = (SELECT auth.uid())
     AND (o.expires_at IS NULL OR o.expires_at > pg_catalog.now())
   ORDER BY o.flag_name, o.created_at DESC NULLS LAST, o.id DESC
)
SELECT EXISTS (SELECT 1 FROM links)
   AND NOT EXISTS (
     SELECT 1
       FROM links AS l
       LEFT JOIN own AS o ON o.flag_name = l.name
      WHERE NOT l.enabled
         OR (l.obeys_latch AND COALESCE((SELECT s.latched FROM pipeline_private.rollout_state AS s), true))
         OR (l.requires IS NOT NULL AND NOT EXISTS (SELECT 1 FROM links AS r WHERE r.name = l.requires))
         OR NOT COALESCE(o.flag_value, NOT l.cohort_only OR EXISTS (
              SELECT 1 FROM pipeline_private.cohort_members AS m WHERE m.user_id = (SELECT auth.uid()))))
$body$;
ALTER FUNCTION "public"."feature_enabled"(text) OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "public"."feature_enabled"(text) FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- function pipeline_private.mark_metrics_hour(): create the function, closed to everybody.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."mark_metrics_hour"()')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = '7afd8b9a50fc58e2a0c46fb10108e17b3061afcb7f319a7d47ece2cedd3a6137') AS needed \gset
\if :needed
\echo 'function pipeline_private.mark_metrics_hour(): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "pipeline_private"."mark_metrics_hour"()
  RETURNS trigger
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
  INSERT INTO pipeline_private.metrics_rollup_stale (hour, xact)
  SELECT DISTINCT CASE WHEN TG_OP = 'TRUNCATE' THEN '-infinity' ELSE pg_catalog.date_trunc('hour', c.at, 'UTC') END,
         pg_catalog.pg_current_xact_id()
    FROM pg_catalog.unnest(ARRAY[OLD.recorded_at, NEW.recorded_at]) AS c (at)
   WHERE TG_OP = 'TRUNCATE' OR pg_catalog.isfinite(c.at)
  ON CONFLICT (hour, xact) DO NOTHING;
  RETURN NULL;
END
$body$;
ALTER FUNCTION "pipeline_private"."mark_metrics_hour"() OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "pipeline_private"."mark_metrics_hour"() FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- function pipeline_private.mark_metrics_hours(timestamp with time zone, timestamp with time zone): create the function, closed to everybody.
-- Locks: AccessShareLock on pipeline_private.metrics_rollup, RowExclusiveLock on pipeline_private.metrics_rollup_stale.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."mark_metrics_hours"(timestamptz, timestamptz)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = '120c3563638800182744c1d9bae8c2962420c48d0b44b00d7e7689c9252ed2bb') AS needed \gset
\if :needed
\echo 'function pipeline_private.mark_metrics_hours(timestamp with time zone, timestamp with time zone): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "pipeline_private"."mark_metrics_hours"("since" timestamptz, "until" timestamptz)
  RETURNS void
  LANGUAGE sql VOLATILE SECURITY INVOKER
  SET search_path = pg_catalog, pg_temp
AS $body$
INSERT INTO pipeline_private.metrics_rollup_stale (hour, xact)
SELECT h.hour, pg_catalog.pg_current_xact_id()
  FROM pg_catalog.generate_series(
         pg_catalog.date_trunc('hour', CASE WHEN pg_catalog.isfinite(since) THEN since ELSE (
           SELECT pg_catalog.min(r.hour) FROM pipeline_private.metrics_rollup AS r) END, 'UTC'),
         LEAST(until, pg_catalog.now()) - INTERVAL '1 microsecond', INTERVAL '1 hour') AS h (hour)
ON CONFLICT (hour, xact) DO NOTHING
$body$;
ALTER FUNCTION "pipeline_private"."mark_metrics_hours"(timestamptz, timestamptz) OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "pipeline_private"."mark_metrics_hours"(timestamptz, timestamptz) FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- function pipeline_private.metrics_between(text[], timestamp with time zone, timestamp with time zone): create the function, closed to everybody.
-- Locks: AccessShareLock on pipeline_private.metrics_rollup_stale, AccessShareLock on pipeline_private.metrics_rollup, AccessShareLock on pipeline_private.metrics_rollup_state, AccessShareLock on public.pipeline_metrics.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."metrics_between"(text[], timestamptz, timestamptz)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = '0ab95a94486b0bfa1d8d1c3baf221e4b188fcb0b5cc21f99710d93fbef4269df') AS needed \gset
\if :needed
\echo 'function pipeline_private.metrics_between(text[], timestamp with time zone, timestamp with time zone): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "pipeline_private"."metrics_between"("names" text[], "since" timestamptz, "until" timestamptz)
  RETURNS setof pipeline_private.metrics_rollup
  LANGUAGE sql STABLE SECURITY INVOKER
  SET search_path = pg_catalog, pg_temp
AS $body$
WITH known AS MATERIALIZED (
  -- Of the window, the whole hours that the rollup holds: none where it holds nothing.
  SELECT h.first, GREATEST(h.first, LEAST(h.last, COALESCE((
           SELECT s.watermark FROM pipeline_private.metrics_rollup_state AS s
            WHERE s.triggers = (
        SELECT pg_catalog.string_agg(t.oid::text || ' ' || t.xmin::text, ', ' ORDER BY t.tgname)
          FROM pg_catalog.pg_trigger AS t
         WHERE t.tgrelid = pg_catalog.to_regclass('public.pipeline_metrics') AND t.tgenabled IN ('O', 'A')
           AND t.tgname IN ('pipeline_metrics_mark_insert', 'pipeline_metrics_mark_delete', 'pipeline_metrics_mark_update', 'pipeline_metrics_mark_truncate')
        HAVING pg_catalog.count(*) = 4)
              AND NOT EXISTS (SELECT 1 FROM pipeline_private.metrics_rollup_stale AS a WHERE a.hour = '-infinity')),
         '-infinity'))) AS last
    FROM (SELECT pg_catalog.date_trunc('hour', since + INTERVAL '1 hour' - INTERVAL '1 microsecond', 'UTC') AS first,
                 pg_catalog.date_trunc('hour', until, 'UTC') AS last) AS h
), stale AS MATERIALIZED (
  SELECT DISTINCT a.hour FROM pipeline_private.metrics_rollup_stale AS a
   WHERE a.hour >= (SELECT k.first FROM known AS k) AND a.hour < (SELECT k.last FROM known AS k)
), spans AS (
  SELECT since AS lower, LEAST(k.first, until) AS upper FROM known AS k
   UNION ALL
  SELECT k.last, until FROM known AS k
   UNION ALL
  SELECT a.hour, a.hour + INTERVAL '1 hour' FROM stale AS a
), parts AS (
  SELECT r.* FROM pipeline_private.metrics_rollup AS r
   WHERE r.metric_name = ANY (names)
     AND r.hour >= (SELECT k.first FROM known AS k) AND r.hour < (SELECT k.last FROM known AS k)
     AND r.hour NOT IN (SELECT a.hour FROM stale AS a)
   UNION ALL
  SELECT q.* FROM spans AS s CROSS JOIN LATERAL (
  SELECT s.lower AS hour, u.metric_name, u.stage, u.bucket,
         pg_catalog.count(*) FILTER (WHERE u.usable) AS number,
         pg_catalog.count(*) FILTER (WHERE NOT u.usable) AS unusable,
         COALESCE(pg_catalog.sum(u.metric_value) FILTER (WHERE u.usable), 0) AS total,
         pg_catalog.min(u.metric_value) FILTER (WHERE u.usable) AS least,
         pg_catalog.max(u.metric_value) FILTER (WHERE u.usable) AS most,
         pg_catalog.sum(u.since) FILTER (WHERE u.usable) AS seconds,
         pg_catalog.sum(u.since * u.since) FILTER (WHERE u.usable) AS squares,
         pg_catalog.sum(u.since * u.metric_value) FILTER (WHERE u.usable) AS products
    FROM (
      SELECT v.metric_name, v.metric_value, v.usable,
             CASE WHEN v.metric_name = 'stage_processing_time' THEN '' ELSE COALESCE(v.stage, '') END AS stage,
             CASE WHEN v.metric_name = 'cultural_alignment_score'
                  THEN EXTRACT(epoch FROM v.recorded_at - s.lower) END AS since,
             CASE WHEN v.metric_name = 'stage_processing_time' AND v.usable AND v.metric_value > 0
                  THEN pg_catalog.ceil(pg_catalog.ln((100 * v.metric_value)::float8)
                                       / pg_catalog.ln(1.02020202020202::float8))::integer + 1
                  ELSE 0 END AS bucket
        FROM (
          SELECT m.metric_name, m.metric_value, m.stage, m.recorded_at,
                 CASE m.metric_name
           WHEN 'stage_completion' THEN m.metric_value BETWEEN 0 AND 1
           WHEN 'cultural_alignment_score' THEN m.metric_value BETWEEN 0 AND 100
           WHEN 'stage_processing_time' THEN m.metric_value >= 0 AND m.metric_value <> 'NaN'
           ELSE m.metric_value <> 'NaN'
         END AS usable
            FROM public.pipeline_metrics AS m WHERE m.recorded_at >= s.lower AND m.recorded_at < s.upper AND m.metric_name = ANY (names)
          OFFSET 0) AS v
      OFFSET 0) AS u
   GROUP BY u.bucket, u.stage, u.metric_name
  ) AS q
   WHERE s.lower < s.upper
)
SELECT since, p.metric_name, p.stage, p.bucket, pg_catalog.sum(p.number)::bigint, pg_catalog.sum(p.unusable)::bigint,
       pg_catalog.sum(p.total), pg_catalog.min(p.least), pg_catalog.max(p.most),
       pg_catalog.sum(p.seconds + d.after * p.number) FILTER (WHERE p.seconds IS NOT NULL),
       pg_catalog.sum(p.squares + 2 * d.after * p.seconds + d.after * d.after * p.number)
         FILTER (WHERE p.seconds IS NOT NULL),
       pg_catalog.sum(p.products + d.after * p.total) FILTER (WHERE p.seconds IS NOT NULL)
  FROM parts AS p CROSS JOIN LATERAL (SELECT EXTRACT(epoch FROM p.hour - since) AS after) AS d
 GROUP BY p.metric_name, p.stage, p.bucket
$body$;
ALTER FUNCTION "pipeline_private"."metrics_between"(text[], timestamptz, timestamptz) OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "pipeline_private"."metrics_between"(text[], timestamptz, timestamptz) FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- function pipeline_private.quantile_bounds(double precision, bigint[], numeric[], numeric[]): create the function, closed to everybody.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."quantile_bounds"(double precision, bigint[], numeric[], numeric[])')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'dc3757fc22a4a9022ab4ea3189fa39c58c56474a722726613a9856725db3b228') AS needed \gset
\if :needed
\echo 'function pipeline_private.quantile_bounds(double precision, bigint[], numeric[], numeric[]): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "pipeline_private"."quantile_bounds"("share" double precision, "numbers" bigint[], "leasts" numeric[], "mosts" numeric[])
  RETURNS double precision[]
  LANGUAGE sql IMMUTABLE SECURITY INVOKER
  SET search_path = pg_catalog, pg_temp
AS $body$
WITH buckets AS (
  SELECT b.least::float8 AS least, b.most::float8 AS most,
         -- From any value of the bucket at most half its width away, in shares of that value.
         CASE WHEN b.least < b.most THEN 2 * b.least::float8 * b.most::float8 / (b.least + b.most)::float8
              ELSE b.least::float8 END AS middle,
         pg_catalog.sum(b.number) OVER (ORDER BY b.place) AS up_to
    FROM ROWS FROM (pg_catalog.unnest(numbers), pg_catalog.unnest(leasts), pg_catalog.unnest(mosts))
         WITH ORDINALITY AS b (number, least, most, place)
   WHERE b.number > 0
), sought AS (
  SELECT share * (pg_catalog.max(b.up_to) - 1)::float8 AS place FROM buckets AS b
)
SELECT ARRAY[l.least + f.part * (u.least - l.least), l.middle + f.part * (u.middle - l.middle),
             l.most + f.part * (u.most - l.most)]
  FROM sought AS s
 CROSS JOIN LATERAL (SELECT s.place - pg_catalog.floor(s.place) AS part) AS f
 CROSS JOIN LATERAL (
       SELECT * FROM buckets AS b WHERE b.up_to > pg_catalog.floor(s.place) ORDER BY b.up_to LIMIT 1) AS l
 CROSS JOIN LATERAL (
       SELECT * FROM buckets AS b WHERE b.up_to > pg_catalog.ceil(s.place) ORDER BY b.up_to LIMIT 1) AS u
$body$;
ALTER FUNCTION "pipeline_private"."quantile_bounds"(double precision, bigint[], numeric[], numeric[]) OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "pipeline_private"."quantile_bounds"(double precision, bigint[], numeric[], numeric[]) FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- function pipeline_private.refresh_metrics_rollup(integer): create the function, closed to everybody.
-- Locks: catalog rows only.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."refresh_metrics_rollup"(integer)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'e362a4e790737afc8d11796a0f3a8fa34993d08b1790aae1031b08ac04a3cec2') AS needed \gset
\if :needed
\echo 'function pipeline_private.refresh_metrics_rollup(integer): create the function, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE FUNCTION "pipeline_private"."refresh_metrics_rollup"("hours" integer)
  RETURNS integer
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
  state record;
  watching text := (
        SELECT pg_catalog.string_agg(t.oid::text || ' ' || t.xmin::text, ', ' ORDER BY t.tgname)
          FROM pg_catalog.pg_trigger AS t
         WHERE t.tgrelid = pg_catalog.to_regclass('public.pipeline_metrics') AND t.tgenabled IN ('O', 'A')
           AND t.tgname IN ('pipeline_metrics_mark_insert', 'pipeline_metrics_mark_delete', 'pipeline_metrics_mark_update', 'pipeline_metrics_mark_truncate')
        HAVING pg_catalog.count(*) = 4);
  running xid8;
  target timestamptz;
  wanted timestamptz;
  computed integer := 0;
BEGIN
  IF pg_catalog.current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the rollup is refreshed in a read committed transaction' USING
      ERRCODE = 'invalid_transaction_state', HINT = 'Each step must see what was committed before it.';
  END IF;
  IF watching IS NULL THEN
    RAISE EXCEPTION 'triggers of public.pipeline_metrics that mark changed hours are missing' USING
      ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Deploy the definition; until then gates read the raw rows.';
  END IF;
  IF pg_catalog.row_security_active('public.pipeline_metrics') AND NOT EXISTS (
       SELECT 1 FROM pg_catalog.pg_policy AS p
        WHERE p.polrelid = pg_catalog.to_regclass('public.pipeline_metrics') AND p.polname = 'owner_select') THEN
    RAISE EXCEPTION 'the owner may not read every row of public.pipeline_metrics' USING
      ERRCODE = 'insufficient_privilege', HINT = 'Deploy the definition; until then gates read the raw rows.';
  END IF;
  IF NOT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('pipeline_private.metrics_rollup', 0)) THEN
    RETURN 0;
  END IF;
  INSERT INTO pipeline_private.metrics_rollup_state (id) VALUES (true) ON CONFLICT (id) DO NOTHING;
  SELECT * INTO state FROM pipeline_private.metrics_rollup_state;
  IF state.triggers IS DISTINCT FROM watching
     OR EXISTS (SELECT 1 FROM pipeline_private.metrics_rollup_stale AS a WHERE a.hour = '-infinity') THEN
    DELETE FROM pipeline_private.metrics_rollup_stale;
    DELETE FROM pipeline_private.metrics_rollup;
    state.triggers := watching;
    state.watermark := NULL;
    state.settled_at := NULL;
    state.checkpoint_at := NULL;
  END IF;
  IF state.checkpoint_at IS NULL OR state.checkpoint_xact > pg_catalog.pg_current_xact_id() THEN
    state.checkpoint_at := pg_catalog.now();
    state.checkpoint_xact := pg_catalog.pg_current_xact_id();
  END IF;
  running := pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot());
  IF running >= state.checkpoint_xact THEN
    state.settled_at := state.checkpoint_at;
    state.checkpoint_at := pg_catalog.now();
    state.checkpoint_xact := pg_catalog.pg_current_xact_id();
    IF running >= state.checkpoint_xact THEN
      state.settled_at := state.checkpoint_at;
    END IF;
  END IF;
  target := pg_catalog.date_trunc('hour', state.settled_at - INTERVAL '00:10:00', 'UTC');
  WHILE computed < hours LOOP
    SELECT pg_catalog.min(a.hour) INTO wanted
      FROM pipeline_private.metrics_rollup_stale AS a WHERE a.hour < state.watermark;
    IF wanted IS NULL THEN
      SELECT pg_catalog.date_trunc('hour', pg_catalog.min(m.recorded_at), 'UTC') INTO wanted
        FROM public.pipeline_metrics AS m
       WHERE m.recorded_at > '-infinity' AND m.recorded_at >= COALESCE(state.watermark, '-infinity')
         AND m.recorded_at < target;
      IF wanted IS NULL THEN
        state.watermark := GREATEST(state.watermark, target);
        EXIT;
      END IF;
      state.watermark := wanted + INTERVAL '1 hour';
    END IF;
    DELETE FROM pipeline_private.metrics_rollup_stale AS a WHERE a.hour = wanted;
    DELETE FROM pipeline_private.metrics_rollup AS r WHERE r.hour = wanted;
    INSERT INTO pipeline_private.metrics_rollup
      (hour, metric_name, stage, bucket, number, unusable, total, least, most, seconds, squares, products)
    SELECT wanted AS hour, u.metric_name, u.stage, u.bucket,
         pg_catalog.count(*) FILTER (WHERE u.usable) AS number,
         pg_catalog.count(*) FILTER (WHERE NOT u.usable) AS unusable,
         COALESCE(pg_catalog.sum(u.metric_value) FILTER (WHERE u.usable), 0) AS total,
         pg_catalog.min(u.metric_value) FILTER (WHERE u.usable) AS least,
         pg_catalog.max(u.metric_value) FILTER (WHERE u.usable) AS most,
         pg_catalog.sum(u.since) FILTER (WHERE u.usable) AS seconds,
         pg_catalog.sum(u.since * u.since) FILTER (WHERE u.usable) AS squares,
         pg_catalog.sum(u.since * u.metric_value) FILTER (WHERE u.usable) AS products
    FROM (
      SELECT v.metric_name, v.metric_value, v.usable,
             CASE WHEN v.metric_name = 'stage_processing_time' THEN '' ELSE COALESCE(v.stage, '') END AS stage,
             CASE WHEN v.metric_name = 'cultural_alignment_score'
                  THEN EXTRACT(epoch FROM v.recorded_at - wanted) END AS since,
             CASE WHEN v.metric_name = 'stage_processing_time' AND v.usable AND v.metric_value > 0
                  THEN pg_catalog.ceil(pg_catalog.ln((100 * v.metric_value)::float8)
                                       / pg_catalog.ln(1.02020202020202::float8))::integer + 1
                  ELSE 0 END AS bucket
        FROM (
          SELECT m.metric_name, m.metric_value, m.stage, m.recorded_at,
                 CASE m.metric_name
           WHEN 'stage_completion' THEN m.metric_value BETWEEN 0 AND 1
           WHEN 'cultural_alignment_score' THEN m.metric_value BETWEEN 0 AND 100
           WHEN 'stage_processing_time' THEN m.metric_value >= 0 AND m.metric_value <> 'NaN'
           ELSE m.metric_value <> 'NaN'
         END AS usable
            FROM public.pipeline_metrics AS m WHERE m.recorded_at >= wanted AND m.recorded_at < wanted + INTERVAL '1 hour'
          OFFSET 0) AS v
      OFFSET 0) AS u
   GROUP BY u.bucket, u.stage, u.metric_name;
    computed := computed + 1;
  END LOOP;
  UPDATE pipeline_private.metrics_rollup_state AS s
     SET triggers = state.triggers, watermark = state.watermark, settled_at = state.settled_at,
         checkpoint_at = state.checkpoint_at, checkpoint_xact = state.checkpoint_xact,
         refreshed_at = pg_catalog.clock_timestamp();
  RETURN computed;
END
$body$;
ALTER FUNCTION "pipeline_private"."refresh_metrics_rollup"(integer) OWNER TO "pipeline_owner";
REVOKE ALL ON FUNCTION "pipeline_private"."refresh_metrics_rollup"(integer) FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- policy public.creator_profiles.creator_select: create the policy.
-- Locks: AccessExclusiveLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_profiles"') AND polname = 'creator_select') AS needed \gset
\if :needed
\echo 'policy public.creator_profiles.creator_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "creator_select" ON "public"."creator_profiles"
  AS PERMISSIVE FOR SELECT TO "authenticated"
  USING (user_id = (SELECT auth.uid()));
COMMIT;
\endif

-- policy public.creator_profiles.creator_insert: create the policy.
-- Locks: AccessExclusiveLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_profiles"') AND polname = 'creator_insert') AS needed \gset
\if :needed
\echo 'policy public.creator_profiles.creator_insert: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "creator_insert" ON "public"."creator_profiles"
  AS PERMISSIVE FOR INSERT TO "authenticated"
  WITH CHECK (user_id = (SELECT auth.uid()) AND onboarding_stage = 'portfolio-submission' AND cultural_alignment = 0 AND readiness_score = 0);
COMMIT;
\endif

-- policy public.creator_profiles.creator_update: create the policy.
-- Locks: AccessExclusiveLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_profiles"') AND polname = 'creator_update') AS needed \gset
\if :needed
\echo 'policy public.creator_profiles.creator_update: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "creator_update" ON "public"."creator_profiles"
  AS PERMISSIVE FOR UPDATE TO "authenticated"
  USING (user_id = (SELECT auth.uid()))
  WITH CHECK (user_id = (SELECT auth.uid()));
COMMIT;
\endif

-- policy public.creator_profiles.owner_all: create the policy.
-- Locks: AccessExclusiveLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_profiles"') AND polname = 'owner_all') AS needed \gset
\if :needed
\echo 'policy public.creator_profiles.owner_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "owner_all" ON "public"."creator_profiles"
  AS PERMISSIVE FOR ALL TO "pipeline_owner"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy public.assessment_scores.creator_select: create the policy.
-- Locks: AccessExclusiveLock on public.assessment_scores, AccessShareLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."assessment_scores"') AND polname = 'creator_select') AS needed \gset
\if :needed
\echo 'policy public.assessment_scores.creator_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "creator_select" ON "public"."assessment_scores"
  AS PERMISSIVE FOR SELECT TO "authenticated"
  USING (creator_profile_id = ANY (ARRAY(SELECT p.id FROM public.creator_profiles AS p WHERE p.user_id = (SELECT auth.uid()))));
COMMIT;
\endif

-- policy public.pipeline_sessions.creator_select: create the policy.
-- Locks: AccessExclusiveLock on public.pipeline_sessions, AccessShareLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."pipeline_sessions"') AND polname = 'creator_select') AS needed \gset
\if :needed
\echo 'policy public.pipeline_sessions.creator_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "creator_select" ON "public"."pipeline_sessions"
  AS PERMISSIVE FOR SELECT TO "authenticated"
  USING (creator_profile_id = ANY (ARRAY(SELECT p.id FROM public.creator_profiles AS p WHERE p.user_id = (SELECT auth.uid()))));
COMMIT;
\endif

-- policy public.agent_potential_mappings.creator_select: create the policy.
-- Locks: AccessExclusiveLock on public.agent_potential_mappings, AccessShareLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."agent_potential_mappings"') AND polname = 'creator_select') AS needed \gset
\if :needed
\echo 'policy public.agent_potential_mappings.creator_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "creator_select" ON "public"."agent_potential_mappings"
  AS PERMISSIVE FOR SELECT TO "authenticated"
  USING (creator_profile_id = ANY (ARRAY(SELECT p.id FROM public.creator_profiles AS p WHERE p.user_id = (SELECT auth.uid()))));
COMMIT;
\endif

-- policy public.creator_economics.creator_select: create the policy.
-- Locks: AccessExclusiveLock on public.creator_economics, AccessShareLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_economics"') AND polname = 'creator_select') AS needed \gset
\if :needed
\echo 'policy public.creator_economics.creator_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "creator_select" ON "public"."creator_economics"
  AS PERMISSIVE FOR SELECT TO "authenticated"
  USING (creator_profile_id = ANY (ARRAY(SELECT p.id FROM public.creator_profiles AS p WHERE p.user_id = (SELECT auth.uid()))));
COMMIT;
\endif

-- policy public.pipeline_metrics.creator_select: create the policy.
-- Locks: AccessExclusiveLock on public.pipeline_metrics, AccessShareLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."pipeline_metrics"') AND polname = 'creator_select') AS needed \gset
\if :needed
\echo 'policy public.pipeline_metrics.creator_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "creator_select" ON "public"."pipeline_metrics"
  AS PERMISSIVE FOR SELECT TO "authenticated"
  USING (creator_profile_id = ANY (ARRAY(SELECT p.id FROM public.creator_profiles AS p WHERE p.user_id = (SELECT auth.uid()))));
COMMIT;
\endif

-- policy public.creator_feature_flags.creator_select: create the policy.
-- Locks: AccessExclusiveLock on public.creator_feature_flags, AccessShareLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_feature_flags"') AND polname = 'creator_select') AS needed \gset
\if :needed
\echo 'policy public.creator_feature_flags.creator_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "creator_select" ON "public"."creator_feature_flags"
  AS PERMISSIVE FOR SELECT TO "authenticated"
  USING (creator_profile_id = ANY (ARRAY(SELECT p.id FROM public.creator_profiles AS p WHERE p.user_id = (SELECT auth.uid()))));
COMMIT;
\endif

-- policy public.creator_profiles.service_all: create the policy.
-- Locks: AccessExclusiveLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_profiles"') AND polname = 'service_all') AS needed \gset
\if :needed
\echo 'policy public.creator_profiles.service_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "service_all" ON "public"."creator_profiles"
  AS PERMISSIVE FOR ALL TO "pipeline_service", "service_role"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy public.creator_profiles.monitor_select: create the policy.
-- Locks: AccessExclusiveLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_profiles"') AND polname = 'monitor_select') AS needed \gset
\if :needed
\echo 'policy public.creator_profiles.monitor_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "monitor_select" ON "public"."creator_profiles"
  AS PERMISSIVE FOR SELECT TO "pipeline_monitor"
  USING (true);
COMMIT;
\endif

-- policy public.assessment_scores.service_all: create the policy.
-- Locks: AccessExclusiveLock on public.assessment_scores.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."assessment_scores"') AND polname = 'service_all') AS needed \gset
\if :needed
\echo 'policy public.assessment_scores.service_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "service_all" ON "public"."assessment_scores"
  AS PERMISSIVE FOR ALL TO "pipeline_service", "service_role"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy public.assessment_scores.monitor_select: create the policy.
-- Locks: AccessExclusiveLock on public.assessment_scores.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."assessment_scores"') AND polname = 'monitor_select') AS needed \gset
\if :needed
\echo 'policy public.assessment_scores.monitor_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "monitor_select" ON "public"."assessment_scores"
  AS PERMISSIVE FOR SELECT TO "pipeline_monitor"
  USING (true);
COMMIT;
\endif

-- policy public.pipeline_sessions.service_all: create the policy.
-- Locks: AccessExclusiveLock on public.pipeline_sessions.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."pipeline_sessions"') AND polname = 'service_all') AS needed \gset
\if :needed
\echo 'policy public.pipeline_sessions.service_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "service_all" ON "public"."pipeline_sessions"
  AS PERMISSIVE FOR ALL TO "pipeline_service", "service_role"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy public.pipeline_sessions.monitor_select: create the policy.
-- Locks: AccessExclusiveLock on public.pipeline_sessions.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."pipeline_sessions"') AND polname = 'monitor_select') AS needed \gset
\if :needed
\echo 'policy public.pipeline_sessions.monitor_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "monitor_select" ON "public"."pipeline_sessions"
  AS PERMISSIVE FOR SELECT TO "pipeline_monitor"
  USING (true);
COMMIT;
\endif

-- policy public.agent_potential_mappings.service_all: create the policy.
-- Locks: AccessExclusiveLock on public.agent_potential_mappings.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."agent_potential_mappings"') AND polname = 'service_all') AS needed \gset
\if :needed
\echo 'policy public.agent_potential_mappings.service_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "service_all" ON "public"."agent_potential_mappings"
  AS PERMISSIVE FOR ALL TO "pipeline_service", "service_role"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy public.agent_potential_mappings.monitor_select: create the policy.
-- Locks: AccessExclusiveLock on public.agent_potential_mappings.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."agent_potential_mappings"') AND polname = 'monitor_select') AS needed \gset
\if :needed
\echo 'policy public.agent_potential_mappings.monitor_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "monitor_select" ON "public"."agent_potential_mappings"
  AS PERMISSIVE FOR SELECT TO "pipeline_monitor"
  USING (true);
COMMIT;
\endif

-- policy public.creator_economics.service_all: create the policy.
-- Locks: AccessExclusiveLock on public.creator_economics.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_economics"') AND polname = 'service_all') AS needed \gset
\if :needed
\echo 'policy public.creator_economics.service_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "service_all" ON "public"."creator_economics"
  AS PERMISSIVE FOR ALL TO "pipeline_service", "service_role"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy public.creator_economics.monitor_select: create the policy.
-- Locks: AccessExclusiveLock on public.creator_economics.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_economics"') AND polname = 'monitor_select') AS needed \gset
\if :needed
\echo 'policy public.creator_economics.monitor_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "monitor_select" ON "public"."creator_economics"
  AS PERMISSIVE FOR SELECT TO "pipeline_monitor"
  USING (true);
COMMIT;
\endif

-- policy public.pipeline_metrics.service_all: create the policy.
-- Locks: AccessExclusiveLock on public.pipeline_metrics.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."pipeline_metrics"') AND polname = 'service_all') AS needed \gset
\if :needed
\echo 'policy public.pipeline_metrics.service_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "service_all" ON "public"."pipeline_metrics"
  AS PERMISSIVE FOR ALL TO "pipeline_service", "service_role"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy public.pipeline_metrics.monitor_select: create the policy.
-- Locks: AccessExclusiveLock on public.pipeline_metrics.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."pipeline_metrics"') AND polname = 'monitor_select') AS needed \gset
\if :needed
\echo 'policy public.pipeline_metrics.monitor_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "monitor_select" ON "public"."pipeline_metrics"
  AS PERMISSIVE FOR SELECT TO "pipeline_monitor"
  USING (true);
COMMIT;
\endif

-- policy public.creator_feature_flags.service_all: create the policy.
-- Locks: AccessExclusiveLock on public.creator_feature_flags.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_feature_flags"') AND polname = 'service_all') AS needed \gset
\if :needed
\echo 'policy public.creator_feature_flags.service_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "service_all" ON "public"."creator_feature_flags"
  AS PERMISSIVE FOR ALL TO "pipeline_service", "service_role"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy public.pipeline_metrics.owner_select: create the policy.
-- Locks: AccessExclusiveLock on public.pipeline_metrics.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."pipeline_metrics"') AND polname = 'owner_select') AS needed \gset
\if :needed
\echo 'policy public.pipeline_metrics.owner_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "owner_select" ON "public"."pipeline_metrics"
  AS PERMISSIVE FOR SELECT TO "pipeline_owner"
  USING (true);
COMMIT;
\endif

-- policy pipeline_private.feature_flags.owner_all: create the policy.
-- Locks: AccessExclusiveLock on pipeline_private.feature_flags.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."feature_flags"') AND polname = 'owner_all') AS needed \gset
\if :needed
\echo 'policy pipeline_private.feature_flags.owner_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "owner_all" ON "pipeline_private"."feature_flags"
  AS PERMISSIVE FOR ALL TO "pipeline_owner"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy pipeline_private.rollout_state.owner_all: create the policy.
-- Locks: AccessExclusiveLock on pipeline_private.rollout_state.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."rollout_state"') AND polname = 'owner_all') AS needed \gset
\if :needed
\echo 'policy pipeline_private.rollout_state.owner_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "owner_all" ON "pipeline_private"."rollout_state"
  AS PERMISSIVE FOR ALL TO "pipeline_owner"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy pipeline_private.sign_up_counter.owner_all: create the policy.
-- Locks: AccessExclusiveLock on pipeline_private.sign_up_counter.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."sign_up_counter"') AND polname = 'owner_all') AS needed \gset
\if :needed
\echo 'policy pipeline_private.sign_up_counter.owner_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "owner_all" ON "pipeline_private"."sign_up_counter"
  AS PERMISSIVE FOR ALL TO "pipeline_owner"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy pipeline_private.cohort_members.owner_all: create the policy.
-- Locks: AccessExclusiveLock on pipeline_private.cohort_members.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."cohort_members"') AND polname = 'owner_all') AS needed \gset
\if :needed
\echo 'policy pipeline_private.cohort_members.owner_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "owner_all" ON "pipeline_private"."cohort_members"
  AS PERMISSIVE FOR ALL TO "pipeline_owner"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy pipeline_private.metrics_rollup.owner_all: create the policy.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."metrics_rollup"') AND polname = 'owner_all') AS needed \gset
\if :needed
\echo 'policy pipeline_private.metrics_rollup.owner_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "owner_all" ON "pipeline_private"."metrics_rollup"
  AS PERMISSIVE FOR ALL TO "pipeline_owner"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy pipeline_private.metrics_rollup_stale.owner_all: create the policy.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup_stale.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."metrics_rollup_stale"') AND polname = 'owner_all') AS needed \gset
\if :needed
\echo 'policy pipeline_private.metrics_rollup_stale.owner_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "owner_all" ON "pipeline_private"."metrics_rollup_stale"
  AS PERMISSIVE FOR ALL TO "pipeline_owner"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy pipeline_private.metrics_rollup_state.owner_all: create the policy.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup_state.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."metrics_rollup_state"') AND polname = 'owner_all') AS needed \gset
\if :needed
\echo 'policy pipeline_private.metrics_rollup_state.owner_all: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "owner_all" ON "pipeline_private"."metrics_rollup_state"
  AS PERMISSIVE FOR ALL TO "pipeline_owner"
  USING (true)
  WITH CHECK (true);
COMMIT;
\endif

-- policy pipeline_private.feature_flags.readers_select: create the policy.
-- Locks: AccessExclusiveLock on pipeline_private.feature_flags.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."feature_flags"') AND polname = 'readers_select') AS needed \gset
\if :needed
\echo 'policy pipeline_private.feature_flags.readers_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "readers_select" ON "pipeline_private"."feature_flags"
  AS PERMISSIVE FOR SELECT TO "authenticated", "pipeline_service", "service_role", "pipeline_monitor"
  USING (true);
COMMIT;
\endif

-- policy pipeline_private.rollout_state.readers_select: create the policy.
-- Locks: AccessExclusiveLock on pipeline_private.rollout_state.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."rollout_state"') AND polname = 'readers_select') AS needed \gset
\if :needed
\echo 'policy pipeline_private.rollout_state.readers_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "readers_select" ON "pipeline_private"."rollout_state"
  AS PERMISSIVE FOR SELECT TO "authenticated", "pipeline_service", "service_role", "pipeline_monitor"
  USING (true);
COMMIT;
\endif

-- policy pipeline_private.cohort_members.member_select: create the policy.
-- Locks: AccessExclusiveLock on pipeline_private.cohort_members.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."cohort_members"') AND polname = 'member_select') AS needed \gset
\if :needed
\echo 'policy pipeline_private.cohort_members.member_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "member_select" ON "pipeline_private"."cohort_members"
  AS PERMISSIVE FOR SELECT TO "authenticated"
  USING (user_id = (SELECT auth.uid()));
COMMIT;
\endif

-- policy pipeline_private.cohort_members.staff_select: create the policy.
-- Locks: AccessExclusiveLock on pipeline_private.cohort_members.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."cohort_members"') AND polname = 'staff_select') AS needed \gset
\if :needed
\echo 'policy pipeline_private.cohort_members.staff_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "staff_select" ON "pipeline_private"."cohort_members"
  AS PERMISSIVE FOR SELECT TO "pipeline_service", "service_role", "pipeline_monitor"
  USING (true);
COMMIT;
\endif

-- policy pipeline_private.metrics_rollup.monitor_select: create the policy.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."metrics_rollup"') AND polname = 'monitor_select') AS needed \gset
\if :needed
\echo 'policy pipeline_private.metrics_rollup.monitor_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "monitor_select" ON "pipeline_private"."metrics_rollup"
  AS PERMISSIVE FOR SELECT TO "pipeline_monitor"
  USING (true);
COMMIT;
\endif

-- policy pipeline_private.metrics_rollup_stale.monitor_select: create the policy.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup_stale.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."metrics_rollup_stale"') AND polname = 'monitor_select') AS needed \gset
\if :needed
\echo 'policy pipeline_private.metrics_rollup_stale.monitor_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "monitor_select" ON "pipeline_private"."metrics_rollup_stale"
  AS PERMISSIVE FOR SELECT TO "pipeline_monitor"
  USING (true);
COMMIT;
\endif

-- policy pipeline_private.metrics_rollup_state.monitor_select: create the policy.
-- Locks: AccessExclusiveLock on pipeline_private.metrics_rollup_state.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."metrics_rollup_state"') AND polname = 'monitor_select') AS needed \gset
\if :needed
\echo 'policy pipeline_private.metrics_rollup_state.monitor_select: create the policy (keeps every row and every other object)'
BEGIN;
CREATE POLICY "monitor_select" ON "pipeline_private"."metrics_rollup_state"
  AS PERMISSIVE FOR SELECT TO "pipeline_monitor"
  USING (true);
COMMIT;
\endif

-- index public.creator_profiles_user_id_key: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.creator_profiles.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_profiles_user_id_key"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.creator_profiles_user_id_key: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."creator_profiles_user_id_key";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_profiles_user_id_key: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."creator_profiles_user_id_key"') IS NULL AS needed \gset
\if :needed
\echo 'index public.creator_profiles_user_id_key: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE UNIQUE INDEX CONCURRENTLY "creator_profiles_user_id_key" ON "public"."creator_profiles" ("user_id");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_profiles_onboarding_stage_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.creator_profiles.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_profiles_onboarding_stage_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.creator_profiles_onboarding_stage_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."creator_profiles_onboarding_stage_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_profiles_onboarding_stage_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."creator_profiles_onboarding_stage_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.creator_profiles_onboarding_stage_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "creator_profiles_onboarding_stage_idx" ON "public"."creator_profiles" ("onboarding_stage");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_profiles_last_activity_at_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.creator_profiles.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_profiles_last_activity_at_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.creator_profiles_last_activity_at_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."creator_profiles_last_activity_at_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_profiles_last_activity_at_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."creator_profiles_last_activity_at_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.creator_profiles_last_activity_at_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "creator_profiles_last_activity_at_idx" ON "public"."creator_profiles" ("last_activity_at");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_profiles_performance_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.creator_profiles.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_profiles_performance_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.creator_profiles_performance_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."creator_profiles_performance_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_profiles_performance_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."creator_profiles_performance_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.creator_profiles_performance_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "creator_profiles_performance_idx" ON "public"."creator_profiles" ("cultural_alignment", "readiness_score", "onboarding_stage");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.assessment_scores_creator_profile_id_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.assessment_scores.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."assessment_scores_creator_profile_id_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.assessment_scores_creator_profile_id_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."assessment_scores_creator_profile_id_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.assessment_scores_creator_profile_id_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.assessment_scores.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."assessment_scores_creator_profile_id_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.assessment_scores_creator_profile_id_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "assessment_scores_creator_profile_id_idx" ON "public"."assessment_scores" ("creator_profile_id");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.assessment_scores_dimension_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.assessment_scores.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."assessment_scores_dimension_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.assessment_scores_dimension_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."assessment_scores_dimension_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.assessment_scores_dimension_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.assessment_scores.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."assessment_scores_dimension_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.assessment_scores_dimension_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "assessment_scores_dimension_idx" ON "public"."assessment_scores" ("dimension");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.assessment_scores_assessed_at_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.assessment_scores.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."assessment_scores_assessed_at_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.assessment_scores_assessed_at_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."assessment_scores_assessed_at_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.assessment_scores_assessed_at_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.assessment_scores.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."assessment_scores_assessed_at_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.assessment_scores_assessed_at_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "assessment_scores_assessed_at_idx" ON "public"."assessment_scores" ("assessed_at");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.pipeline_sessions_creator_profile_id_started_at_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.pipeline_sessions.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."pipeline_sessions_creator_profile_id_started_at_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.pipeline_sessions_creator_profile_id_started_at_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."pipeline_sessions_creator_profile_id_started_at_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.pipeline_sessions_creator_profile_id_started_at_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.pipeline_sessions.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."pipeline_sessions_creator_profile_id_started_at_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.pipeline_sessions_creator_profile_id_started_at_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "pipeline_sessions_creator_profile_id_started_at_idx" ON "public"."pipeline_sessions" ("creator_profile_id", "started_at");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.pipeline_sessions_stage_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.pipeline_sessions.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."pipeline_sessions_stage_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.pipeline_sessions_stage_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."pipeline_sessions_stage_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.pipeline_sessions_stage_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.pipeline_sessions.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."pipeline_sessions_stage_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.pipeline_sessions_stage_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "pipeline_sessions_stage_idx" ON "public"."pipeline_sessions" ("stage");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.pipeline_sessions_started_at_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.pipeline_sessions.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."pipeline_sessions_started_at_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.pipeline_sessions_started_at_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."pipeline_sessions_started_at_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.pipeline_sessions_started_at_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.pipeline_sessions.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."pipeline_sessions_started_at_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.pipeline_sessions_started_at_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "pipeline_sessions_started_at_idx" ON "public"."pipeline_sessions" ("started_at");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.agent_potential_mappings_creator_profile_id_confidence_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.agent_potential_mappings.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."agent_potential_mappings_creator_profile_id_confidence_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.agent_potential_mappings_creator_profile_id_confidence_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."agent_potential_mappings_creator_profile_id_confidence_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.agent_potential_mappings_creator_profile_id_confidence_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.agent_potential_mappings.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."agent_potential_mappings_creator_profile_id_confidence_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.agent_potential_mappings_creator_profile_id_confidence_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "agent_potential_mappings_creator_profile_id_confidence_idx" ON "public"."agent_potential_mappings" ("creator_profile_id", "confidence");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.agent_potential_mappings_agent_role_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.agent_potential_mappings.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."agent_potential_mappings_agent_role_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.agent_potential_mappings_agent_role_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."agent_potential_mappings_agent_role_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.agent_potential_mappings_agent_role_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.agent_potential_mappings.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."agent_potential_mappings_agent_role_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.agent_potential_mappings_agent_role_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "agent_potential_mappings_agent_role_idx" ON "public"."agent_potential_mappings" ("agent_role");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.agent_potential_mappings_confidence_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.agent_potential_mappings.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."agent_potential_mappings_confidence_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.agent_potential_mappings_confidence_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."agent_potential_mappings_confidence_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.agent_potential_mappings_confidence_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.agent_potential_mappings.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."agent_potential_mappings_confidence_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.agent_potential_mappings_confidence_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "agent_potential_mappings_confidence_idx" ON "public"."agent_potential_mappings" ("confidence" DESC);
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_economics_creator_profile_id_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.creator_economics.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_economics_creator_profile_id_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.creator_economics_creator_profile_id_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."creator_economics_creator_profile_id_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_economics_creator_profile_id_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.creator_economics.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."creator_economics_creator_profile_id_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.creator_economics_creator_profile_id_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "creator_economics_creator_profile_id_idx" ON "public"."creator_economics" ("creator_profile_id");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_economics_revenue_model_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.creator_economics.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_economics_revenue_model_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.creator_economics_revenue_model_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."creator_economics_revenue_model_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_economics_revenue_model_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.creator_economics.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."creator_economics_revenue_model_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.creator_economics_revenue_model_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "creator_economics_revenue_model_idx" ON "public"."creator_economics" ("revenue_model");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_economics_economic_validation_score_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.creator_economics.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_economics_economic_validation_score_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.creator_economics_economic_validation_score_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."creator_economics_economic_validation_score_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_economics_economic_validation_score_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.creator_economics.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."creator_economics_economic_validation_score_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.creator_economics_economic_validation_score_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "creator_economics_economic_validation_score_idx" ON "public"."creator_economics" ("economic_validation_score" DESC);
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.pipeline_metrics_creator_profile_id_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.pipeline_metrics.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."pipeline_metrics_creator_profile_id_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.pipeline_metrics_creator_profile_id_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."pipeline_metrics_creator_profile_id_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.pipeline_metrics_creator_profile_id_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.pipeline_metrics.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."pipeline_metrics_creator_profile_id_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.pipeline_metrics_creator_profile_id_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "pipeline_metrics_creator_profile_id_idx" ON "public"."pipeline_metrics" ("creator_profile_id");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.pipeline_metrics_metric_type_metric_name_recorded_at_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.pipeline_metrics.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."pipeline_metrics_metric_type_metric_name_recorded_at_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.pipeline_metrics_metric_type_metric_name_recorded_at_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."pipeline_metrics_metric_type_metric_name_recorded_at_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.pipeline_metrics_metric_type_metric_name_recorded_at_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.pipeline_metrics.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."pipeline_metrics_metric_type_metric_name_recorded_at_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.pipeline_metrics_metric_type_metric_name_recorded_at_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "pipeline_metrics_metric_type_metric_name_recorded_at_idx" ON "public"."pipeline_metrics" ("metric_type", "metric_name", "recorded_at");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.pipeline_metrics_recorded_at_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.pipeline_metrics.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."pipeline_metrics_recorded_at_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.pipeline_metrics_recorded_at_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."pipeline_metrics_recorded_at_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.pipeline_metrics_recorded_at_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.pipeline_metrics.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."pipeline_metrics_recorded_at_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.pipeline_metrics_recorded_at_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "pipeline_metrics_recorded_at_idx" ON "public"."pipeline_metrics" ("recorded_at");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_feature_flags_creator_profile_id_flag_name_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.creator_feature_flags.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_feature_flags_creator_profile_id_flag_name_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.creator_feature_flags_creator_profile_id_flag_name_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."creator_feature_flags_creator_profile_id_flag_name_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_feature_flags_creator_profile_id_flag_name_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.creator_feature_flags.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."creator_feature_flags_creator_profile_id_flag_name_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.creator_feature_flags_creator_profile_id_flag_name_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "creator_feature_flags_creator_profile_id_flag_name_idx" ON "public"."creator_feature_flags" ("creator_profile_id", "flag_name");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_feature_flags_flag_name_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.creator_feature_flags.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_feature_flags_flag_name_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.creator_feature_flags_flag_name_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."creator_feature_flags_flag_name_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_feature_flags_flag_name_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.creator_feature_flags.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."creator_feature_flags_flag_name_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.creator_feature_flags_flag_name_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "creator_feature_flags_flag_name_idx" ON "public"."creator_feature_flags" ("flag_name");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_feature_flags_set_by_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on public.creator_feature_flags.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_feature_flags_set_by_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index public.creator_feature_flags_set_by_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "public"."creator_feature_flags_set_by_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index public.creator_feature_flags_set_by_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on public.creator_feature_flags.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."creator_feature_flags_set_by_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index public.creator_feature_flags_set_by_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "creator_feature_flags_set_by_idx" ON "public"."creator_feature_flags" ("set_by");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index pipeline_private.metrics_rollup_hour_idx: drop the index concurrently: it is no longer declared.
-- Locks: ShareUpdateExclusiveLock on pipeline_private.metrics_rollup.
-- Keeps: every row.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"pipeline_private"."metrics_rollup_hour_idx"') AND NOT indisvalid) AS needed \gset
\if :needed
\echo 'index pipeline_private.metrics_rollup_hour_idx: drop the index concurrently: it is no longer declared (keeps every row)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
DROP INDEX CONCURRENTLY IF EXISTS "pipeline_private"."metrics_rollup_hour_idx";
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- index pipeline_private.metrics_rollup_hour_idx: build the index concurrently.
-- Locks: ShareUpdateExclusiveLock on pipeline_private.metrics_rollup.
-- Keeps: every row and every other object.
SELECT to_regclass('"pipeline_private"."metrics_rollup_hour_idx"') IS NULL AS needed \gset
\if :needed
\echo 'index pipeline_private.metrics_rollup_hour_idx: build the index concurrently (keeps every row and every other object)'
SET lock_timeout = '10min';
SET statement_timeout = '1h';
CREATE INDEX CONCURRENTLY "metrics_rollup_hour_idx" ON "pipeline_private"."metrics_rollup" ("hour");
SET lock_timeout = :'lock_timeout';
SET statement_timeout = '60s';
\endif

-- trigger public.creator_profiles.creator_profiles_touch_updated_at: create the trigger.
-- Locks: ShareRowExclusiveLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."creator_profiles"') AND tgname = 'creator_profiles_touch_updated_at') AS needed \gset
\if :needed
\echo 'trigger public.creator_profiles.creator_profiles_touch_updated_at: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "creator_profiles_touch_updated_at"
  BEFORE UPDATE ON "public"."creator_profiles"
  FOR EACH ROW
  EXECUTE FUNCTION "pipeline_private"."touch_updated_at"();
COMMIT;
\endif

-- trigger public.pipeline_sessions.pipeline_sessions_touch_updated_at: create the trigger.
-- Locks: ShareRowExclusiveLock on public.pipeline_sessions.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."pipeline_sessions"') AND tgname = 'pipeline_sessions_touch_updated_at') AS needed \gset
\if :needed
\echo 'trigger public.pipeline_sessions.pipeline_sessions_touch_updated_at: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "pipeline_sessions_touch_updated_at"
  BEFORE UPDATE ON "public"."pipeline_sessions"
  FOR EACH ROW
  EXECUTE FUNCTION "pipeline_private"."touch_updated_at"();
COMMIT;
\endif

-- trigger public.agent_potential_mappings.agent_potential_mappings_touch_updated_at: create the trigger.
-- Locks: ShareRowExclusiveLock on public.agent_potential_mappings.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."agent_potential_mappings"') AND tgname = 'agent_potential_mappings_touch_updated_at') AS needed \gset
\if :needed
\echo 'trigger public.agent_potential_mappings.agent_potential_mappings_touch_updated_at: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "agent_potential_mappings_touch_updated_at"
  BEFORE UPDATE ON "public"."agent_potential_mappings"
  FOR EACH ROW
  EXECUTE FUNCTION "pipeline_private"."touch_updated_at"();
COMMIT;
\endif

-- trigger public.creator_economics.creator_economics_touch_updated_at: create the trigger.
-- Locks: ShareRowExclusiveLock on public.creator_economics.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."creator_economics"') AND tgname = 'creator_economics_touch_updated_at') AS needed \gset
\if :needed
\echo 'trigger public.creator_economics.creator_economics_touch_updated_at: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "creator_economics_touch_updated_at"
  BEFORE UPDATE ON "public"."creator_economics"
  FOR EACH ROW
  EXECUTE FUNCTION "pipeline_private"."touch_updated_at"();
COMMIT;
\endif

-- trigger public.assessment_scores.assessment_scores_touch_creator_activity_inserted: create the trigger.
-- Locks: ShareRowExclusiveLock on public.assessment_scores.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."assessment_scores"') AND tgname = 'assessment_scores_touch_creator_activity_inserted') AS needed \gset
\if :needed
\echo 'trigger public.assessment_scores.assessment_scores_touch_creator_activity_inserted: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "assessment_scores_touch_creator_activity_inserted"
  AFTER INSERT ON "public"."assessment_scores"
  REFERENCING NEW TABLE AS "inserted"
  FOR EACH STATEMENT
  EXECUTE FUNCTION "pipeline_private"."touch_creator_activity"();
COMMIT;
\endif

-- trigger public.assessment_scores.assessment_scores_touch_creator_activity: create the trigger.
-- Locks: ShareRowExclusiveLock on public.assessment_scores.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."assessment_scores"') AND tgname = 'assessment_scores_touch_creator_activity') AS needed \gset
\if :needed
\echo 'trigger public.assessment_scores.assessment_scores_touch_creator_activity: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "assessment_scores_touch_creator_activity"
  AFTER DELETE OR UPDATE ON "public"."assessment_scores"
  FOR EACH ROW
  EXECUTE FUNCTION "pipeline_private"."touch_creator_activity"();
COMMIT;
\endif

-- trigger public.pipeline_sessions.pipeline_sessions_touch_creator_activity_inserted: create the trigger.
-- Locks: ShareRowExclusiveLock on public.pipeline_sessions.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."pipeline_sessions"') AND tgname = 'pipeline_sessions_touch_creator_activity_inserted') AS needed \gset
\if :needed
\echo 'trigger public.pipeline_sessions.pipeline_sessions_touch_creator_activity_inserted: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "pipeline_sessions_touch_creator_activity_inserted"
  AFTER INSERT ON "public"."pipeline_sessions"
  REFERENCING NEW TABLE AS "inserted"
  FOR EACH STATEMENT
  EXECUTE FUNCTION "pipeline_private"."touch_creator_activity"();
COMMIT;
\endif

-- trigger public.pipeline_sessions.pipeline_sessions_touch_creator_activity: create the trigger.
-- Locks: ShareRowExclusiveLock on public.pipeline_sessions.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."pipeline_sessions"') AND tgname = 'pipeline_sessions_touch_creator_activity') AS needed \gset
\if :needed
\echo 'trigger public.pipeline_sessions.pipeline_sessions_touch_creator_activity: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "pipeline_sessions_touch_creator_activity"
  AFTER DELETE OR UPDATE ON "public"."pipeline_sessions"
  FOR EACH ROW
  EXECUTE FUNCTION "pipeline_private"."touch_creator_activity"();
COMMIT;
\endif

-- trigger public.agent_potential_mappings.agent_potential_mappings_touch_creator_activity_inserted: create the trigger.
-- Locks: ShareRowExclusiveLock on public.agent_potential_mappings.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."agent_potential_mappings"') AND tgname = 'agent_potential_mappings_touch_creator_activity_inserted') AS needed \gset
\if :needed
\echo 'trigger public.agent_potential_mappings.agent_potential_mappings_touch_creator_activity_inserted: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "agent_potential_mappings_touch_creator_activity_inserted"
  AFTER INSERT ON "public"."agent_potential_mappings"
  REFERENCING NEW TABLE AS "inserted"
  FOR EACH STATEMENT
  EXECUTE FUNCTION "pipeline_private"."touch_creator_activity"();
COMMIT;
\endif

-- trigger public.agent_potential_mappings.agent_potential_mappings_touch_creator_activity: create the trigger.
-- Locks: ShareRowExclusiveLock on public.agent_potential_mappings.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."agent_potential_mappings"') AND tgname = 'agent_potential_mappings_touch_creator_activity') AS needed \gset
\if :needed
\echo 'trigger public.agent_potential_mappings.agent_potential_mappings_touch_creator_activity: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "agent_potential_mappings_touch_creator_activity"
  AFTER DELETE OR UPDATE ON "public"."agent_potential_mappings"
  FOR EACH ROW
  EXECUTE FUNCTION "pipeline_private"."touch_creator_activity"();
COMMIT;
\endif

-- trigger public.creator_profiles.creator_profiles_admit_creator: create the trigger.
-- Locks: ShareRowExclusiveLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."creator_profiles"') AND tgname = 'creator_profiles_admit_creator') AS needed \gset
\if :needed
\echo 'trigger public.creator_profiles.creator_profiles_admit_creator: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "creator_profiles_admit_creator"
  BEFORE INSERT ON "public"."creator_profiles"
  FOR EACH ROW
  EXECUTE FUNCTION "pipeline_private"."admit_creator"();
COMMIT;
\endif

-- trigger public.creator_profiles.creator_profiles_admit_successor: create the trigger.
-- Locks: ShareRowExclusiveLock on public.creator_profiles.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."creator_profiles"') AND tgname = 'creator_profiles_admit_successor') AS needed \gset
\if :needed
\echo 'trigger public.creator_profiles.creator_profiles_admit_successor: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "creator_profiles_admit_successor"
  BEFORE UPDATE ON "public"."creator_profiles"
  FOR EACH ROW
  WHEN (old.user_id IS DISTINCT FROM new.user_id)
  EXECUTE FUNCTION "pipeline_private"."admit_creator"();
COMMIT;
\endif

-- trigger pipeline_private.feature_flags.feature_flags_obey_latch: create the trigger.
-- Locks: ShareRowExclusiveLock on pipeline_private.feature_flags.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"pipeline_private"."feature_flags"') AND tgname = 'feature_flags_obey_latch') AS needed \gset
\if :needed
\echo 'trigger pipeline_private.feature_flags.feature_flags_obey_latch: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "feature_flags_obey_latch"
  BEFORE INSERT OR UPDATE ON "pipeline_private"."feature_flags"
  FOR EACH ROW
  EXECUTE FUNCTION "pipeline_private"."obey_latch"();
COMMIT;
\endif

-- trigger public.pipeline_metrics.pipeline_metrics_mark_insert: create the trigger.
-- Locks: ShareRowExclusiveLock on public.pipeline_metrics.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."pipeline_metrics"') AND tgname = 'pipeline_metrics_mark_insert') AS needed \gset
\if :needed
\echo 'trigger public.pipeline_metrics.pipeline_metrics_mark_insert: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "pipeline_metrics_mark_insert"
  AFTER INSERT ON "public"."pipeline_metrics"
  FOR EACH ROW
  WHEN (new.recorded_at < clock_timestamp() - '00:10:00'::interval)
  EXECUTE FUNCTION "pipeline_private"."mark_metrics_hour"();
COMMIT;
\endif

-- trigger public.pipeline_metrics.pipeline_metrics_mark_delete: create the trigger.
-- Locks: ShareRowExclusiveLock on public.pipeline_metrics.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."pipeline_metrics"') AND tgname = 'pipeline_metrics_mark_delete') AS needed \gset
\if :needed
\echo 'trigger public.pipeline_metrics.pipeline_metrics_mark_delete: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "pipeline_metrics_mark_delete"
  AFTER DELETE ON "public"."pipeline_metrics"
  FOR EACH ROW
  WHEN (old.recorded_at < clock_timestamp() - '00:10:00'::interval)
  EXECUTE FUNCTION "pipeline_private"."mark_metrics_hour"();
COMMIT;
\endif

-- trigger public.pipeline_metrics.pipeline_metrics_mark_update: create the trigger.
-- Locks: ShareRowExclusiveLock on public.pipeline_metrics.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."pipeline_metrics"') AND tgname = 'pipeline_metrics_mark_update') AS needed \gset
\if :needed
\echo 'trigger public.pipeline_metrics.pipeline_metrics_mark_update: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "pipeline_metrics_mark_update"
  AFTER UPDATE ON "public"."pipeline_metrics"
  FOR EACH ROW
  WHEN (LEAST(old.recorded_at, new.recorded_at) < clock_timestamp() - '00:10:00'::interval)
  EXECUTE FUNCTION "pipeline_private"."mark_metrics_hour"();
COMMIT;
\endif

-- trigger public.pipeline_metrics.pipeline_metrics_mark_truncate: create the trigger.
-- Locks: ShareRowExclusiveLock on public.pipeline_metrics.
-- Keeps: every row and every other object.
SELECT NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."pipeline_metrics"') AND tgname = 'pipeline_metrics_mark_truncate') AS needed \gset
\if :needed
\echo 'trigger public.pipeline_metrics.pipeline_metrics_mark_truncate: create the trigger (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE TRIGGER "pipeline_metrics_mark_truncate"
  AFTER TRUNCATE ON "public"."pipeline_metrics"
  FOR EACH STATEMENT
  EXECUTE FUNCTION "pipeline_private"."mark_metrics_hour"();
COMMIT;
\endif

-- view public.creator_pipeline_overview: create the view, closed to everybody.
-- Locks: AccessExclusiveLock on public.creator_pipeline_overview, AccessShareLock on public.creator_profiles, AccessShareLock on public.agent_potential_mappings, AccessShareLock on public.assessment_scores, AccessShareLock on public.pipeline_sessions.
-- Keeps: every row and every other object.
SELECT to_regclass('"public"."creator_pipeline_overview"') IS NULL AS needed \gset
\if :needed
\echo 'view public.creator_pipeline_overview: create the view, closed to everybody (keeps every row and every other object)'
BEGIN;
CREATE OR REPLACE VIEW "public"."creator_pipeline_overview"
  WITH (security_invoker = true, security_barrier = false) AS
SELECT p.id,
       p.user_id,
       p.creative_role,
       p.onboarding_stage,
       p.cultural_alignment,
       p.readiness_score,
       p.created_at,
       p.updated_at,
       p.last_activity_at,
       latest.stage AS latest_session_stage,
       latest.started_at AS latest_session_date,
       scores.assessment_count,
       scores.average_assessment_score,
       mappings.agent_mappings_count,
       mappings.best_agent_match_confidence
  FROM public.creator_profiles AS p
  LEFT JOIN LATERAL (
       SELECT s.stage, s.started_at
         FROM public.pipeline_sessions AS s
        WHERE s.creator_profile_id = p.id AND s.started_at IS NOT NULL
        ORDER BY s.started_at DESC
        LIMIT 1) AS latest ON true
 CROSS JOIN LATERAL (
       SELECT pg_catalog.count(*) AS assessment_count, pg_catalog.avg(a.score) AS average_assessment_score
         FROM public.assessment_scores AS a
        WHERE a.creator_profile_id = p.id) AS scores
 CROSS JOIN LATERAL (
       SELECT pg_catalog.count(*) AS agent_mappings_count,
              pg_catalog.max(m.confidence) AS best_agent_match_confidence
         FROM public.agent_potential_mappings AS m
        WHERE m.creator_profile_id = p.id) AS mappings;
ALTER VIEW "public"."creator_pipeline_overview" OWNER TO "pipeline_owner";
REVOKE ALL ON TABLE "public"."creator_pipeline_overview" FROM PUBLIC, "anon", "authenticated", "service_role";
COMMIT;
\endif

-- grants on public.creator_profiles: + authenticated: select; + authenticated: update (creative_role, ai_experience_level, community_interest, preferred_learning_style, referral_source, cultural_motivation, collaboration_experience, updated_at); + pipeline_monitor: select (id, user_id, creative_role, onboarding_stage, cultural_alignment, readiness_score, created_at, updated_at, last_activity_at); + pipeline_service: insert; + pipeline_service: select; + pipeline_service: update; + service_role: insert; + service_role: select; + service_role: update.
-- Locks: AccessShareLock on public.creator_profiles.
-- Keeps: every row.
\echo 'grants on public.creator_profiles: + authenticated: select; + authenticated: update (creative_role, ai_experience_level, community_interest, preferred_learning_style, referral_source, cultural_motivation, collaboration_experience, updated_at); + pipeline_monitor: select (id, user_id, creative_role, onboarding_stage, cultural_alignment, readiness_score, created_at, updated_at, last_activity_at); + pipeline_service: insert; + pipeline_service: select; + pipeline_service: update; + service_role: insert; + service_role: select; + service_role: update (keeps every row)'
BEGIN;
GRANT SELECT ON TABLE "public"."creator_profiles" TO "authenticated";
GRANT UPDATE ("creative_role", "ai_experience_level", "community_interest", "preferred_learning_style", "referral_source", "cultural_motivation", "collaboration_experience", "updated_at") ON TABLE "public"."creator_profiles" TO "authenticated";
GRANT SELECT ("id", "user_id", "creative_role", "onboarding_stage", "cultural_alignment", "readiness_score", "created_at", "updated_at", "last_activity_at") ON TABLE "public"."creator_profiles" TO "pipeline_monitor";
GRANT INSERT ON TABLE "public"."creator_profiles" TO "pipeline_service";
GRANT SELECT ON TABLE "public"."creator_profiles" TO "pipeline_service";
GRANT UPDATE ON TABLE "public"."creator_profiles" TO "pipeline_service";
GRANT INSERT ON TABLE "public"."creator_profiles" TO "service_role";
GRANT SELECT ON TABLE "public"."creator_profiles" TO "service_role";
GRANT UPDATE ON TABLE "public"."creator_profiles" TO "service_role";
COMMIT;

-- grants on public.assessment_scores: + authenticated: select; + pipeline_monitor: select (creator_profile_id, score, assessed_at); + pipeline_service: insert; + pipeline_service: select; + pipeline_service: update; + service_role: insert; + service_role: select; + service_role: update.
-- Locks: AccessShareLock on public.assessment_scores.
-- Keeps: every row.
\echo 'grants on public.assessment_scores: + authenticated: select; + pipeline_monitor: select (creator_profile_id, score, assessed_at); + pipeline_service: insert; + pipeline_service: select; + pipeline_service: update; + service_role: insert; + service_role: select; + service_role: update (keeps every row)'
BEGIN;
GRANT SELECT ON TABLE "public"."assessment_scores" TO "authenticated";
GRANT SELECT ("creator_profile_id", "score", "assessed_at") ON TABLE "public"."assessment_scores" TO "pipeline_monitor";
GRANT INSERT ON TABLE "public"."assessment_scores" TO "pipeline_service";
GRANT SELECT ON TABLE "public"."assessment_scores" TO "pipeline_service";
GRANT UPDATE ON TABLE "public"."assessment_scores" TO "pipeline_service";
GRANT INSERT ON TABLE "public"."assessment_scores" TO "service_role";
GRANT SELECT ON TABLE "public"."assessment_scores" TO "service_role";
GRANT UPDATE ON TABLE "public"."assessment_scores" TO "service_role";
COMMIT;

-- grants on public.pipeline_sessions: + authenticated: select; + pipeline_monitor: select (id, creator_profile_id, stage, started_at, completed_at, processing_time_ms, error_logs); + pipeline_service: insert; + pipeline_service: select; + pipeline_service: update; + service_role: insert; + service_role: select; + service_role: update.
-- Locks: AccessShareLock on public.pipeline_sessions.
-- Keeps: every row.
\echo 'grants on public.pipeline_sessions: + authenticated: select; + pipeline_monitor: select (id, creator_profile_id, stage, started_at, completed_at, processing_time_ms, error_logs); + pipeline_service: insert; + pipeline_service: select; + pipeline_service: update; + service_role: insert; + service_role: select; + service_role: update (keeps every row)'
BEGIN;
GRANT SELECT ON TABLE "public"."pipeline_sessions" TO "authenticated";
GRANT SELECT ("id", "creator_profile_id", "stage", "started_at", "completed_at", "processing_time_ms", "error_logs") ON TABLE "public"."pipeline_sessions" TO "pipeline_monitor";
GRANT INSERT ON TABLE "public"."pipeline_sessions" TO "pipeline_service";
GRANT SELECT ON TABLE "public"."pipeline_sessions" TO "pipeline_service";
GRANT UPDATE ON TABLE "public"."pipeline_sessions" TO "pipeline_service";
GRANT INSERT ON TABLE "public"."pipeline_sessions" TO "service_role";
GRANT SELECT ON TABLE "public"."pipeline_sessions" TO "service_role";
GRANT UPDATE ON TABLE "public"."pipeline_sessions" TO "service_role";
COMMIT;

-- grants on public.agent_potential_mappings: + authenticated: select; + pipeline_monitor: select (creator_profile_id, agent_role, confidence); + pipeline_service: insert; + pipeline_service: select; + pipeline_service: update; + service_role: insert; + service_role: select; + service_role: update.
-- Locks: AccessShareLock on public.agent_potential_mappings.
-- Keeps: every row.
\echo 'grants on public.agent_potential_mappings: + authenticated: select; + pipeline_monitor: select (creator_profile_id, agent_role, confidence); + pipeline_service: insert; + pipeline_service: select; + pipeline_service: update; + service_role: insert; + service_role: select; + service_role: update (keeps every row)'
BEGIN;
GRANT SELECT ON TABLE "public"."agent_potential_mappings" TO "authenticated";
GRANT SELECT ("creator_profile_id", "agent_role", "confidence") ON TABLE "public"."agent_potential_mappings" TO "pipeline_monitor";
GRANT INSERT ON TABLE "public"."agent_potential_mappings" TO "pipeline_service";
GRANT SELECT ON TABLE "public"."agent_potential_mappings" TO "pipeline_service";
GRANT UPDATE ON TABLE "public"."agent_potential_mappings" TO "pipeline_service";
GRANT INSERT ON TABLE "public"."agent_potential_mappings" TO "service_role";
GRANT SELECT ON TABLE "public"."agent_potential_mappings" TO "service_role";
GRANT UPDATE ON TABLE "public"."agent_potential_mappings" TO "service_role";
COMMIT;

-- grants on public.creator_economics: + authenticated: select; + pipeline_monitor: select (revenue_model, projected_monthly_revenue, economic_validation_score, created_at); + pipeline_service: delete; + pipeline_service: insert; + pipeline_service: select; + pipeline_service: update; + service_role: delete; + service_role: insert; + service_role: select; + service_role: update.
-- Locks: AccessShareLock on public.creator_economics.
-- Keeps: every row.
\echo 'grants on public.creator_economics: + authenticated: select; + pipeline_monitor: select (revenue_model, projected_monthly_revenue, economic_validation_score, created_at); + pipeline_service: delete; + pipeline_service: insert; + pipeline_service: select; + pipeline_service: update; + service_role: delete; + service_role: insert; + service_role: select; + service_role: update (keeps every row)'
BEGIN;
GRANT SELECT ON TABLE "public"."creator_economics" TO "authenticated";
GRANT SELECT ("revenue_model", "projected_monthly_revenue", "economic_validation_score", "created_at") ON TABLE "public"."creator_economics" TO "pipeline_monitor";
GRANT DELETE ON TABLE "public"."creator_economics" TO "pipeline_service";
GRANT INSERT ON TABLE "public"."creator_economics" TO "pipeline_service";
GRANT SELECT ON TABLE "public"."creator_economics" TO "pipeline_service";
GRANT UPDATE ON TABLE "public"."creator_economics" TO "pipeline_service";
GRANT DELETE ON TABLE "public"."creator_economics" TO "service_role";
GRANT INSERT ON TABLE "public"."creator_economics" TO "service_role";
GRANT SELECT ON TABLE "public"."creator_economics" TO "service_role";
GRANT UPDATE ON TABLE "public"."creator_economics" TO "service_role";
COMMIT;

-- grants on public.pipeline_metrics: + authenticated: select; + pipeline_monitor: select (id, creator_profile_id, metric_type, metric_name, metric_value, metric_unit, stage, recorded_at); + pipeline_service: insert; + pipeline_service: select; + pipeline_service: update; + service_role: insert; + service_role: select; + service_role: update.
-- Locks: AccessShareLock on public.pipeline_metrics.
-- Keeps: every row.
\echo 'grants on public.pipeline_metrics: + authenticated: select; + pipeline_monitor: select (id, creator_profile_id, metric_type, metric_name, metric_value, metric_unit, stage, recorded_at); + pipeline_service: insert; + pipeline_service: select; + pipeline_service: update; + service_role: insert; + service_role: select; + service_role: update (keeps every row)'
BEGIN;
GRANT SELECT ON TABLE "public"."pipeline_metrics" TO "authenticated";
GRANT SELECT ("id", "creator_profile_id", "metric_type", "metric_name", "metric_value", "metric_unit", "stage", "recorded_at") ON TABLE "public"."pipeline_metrics" TO "pipeline_monitor";
GRANT INSERT ON TABLE "public"."pipeline_metrics" TO "pipeline_service";
GRANT SELECT ON TABLE "public"."pipeline_metrics" TO "pipeline_service";
GRANT UPDATE ON TABLE "public"."pipeline_metrics" TO "pipeline_service";
GRANT INSERT ON TABLE "public"."pipeline_metrics" TO "service_role";
GRANT SELECT ON TABLE "public"."pipeline_metrics" TO "service_role";
GRANT UPDATE ON TABLE "public"."pipeline_metrics" TO "service_role";
COMMIT;

-- grants on public.creator_feature_flags: + authenticated: select; + pipeline_service: delete; + pipeline_service: insert; + pipeline_service: select; + pipeline_service: update; + service_role: delete; + service_role: insert; + service_role: select; + service_role: update.
-- Locks: AccessShareLock on public.creator_feature_flags.
-- Keeps: every row.
\echo 'grants on public.creator_feature_flags: + authenticated: select; + pipeline_service: delete; + pipeline_service: insert; + pipeline_service: select; + pipeline_service: update; + service_role: delete; + service_role: insert; + service_role: select; + service_role: update (keeps every row)'
BEGIN;
GRANT SELECT ON TABLE "public"."creator_feature_flags" TO "authenticated";
GRANT DELETE ON TABLE "public"."creator_feature_flags" TO "pipeline_service";
GRANT INSERT ON TABLE "public"."creator_feature_flags" TO "pipeline_service";
GRANT SELECT ON TABLE "public"."creator_feature_flags" TO "pipeline_service";
GRANT UPDATE ON TABLE "public"."creator_feature_flags" TO "pipeline_service";
GRANT DELETE ON TABLE "public"."creator_feature_flags" TO "service_role";
GRANT INSERT ON TABLE "public"."creator_feature_flags" TO "service_role";
GRANT SELECT ON TABLE "public"."creator_feature_flags" TO "service_role";
GRANT UPDATE ON TABLE "public"."creator_feature_flags" TO "service_role";
COMMIT;

-- grants on public.creator_pipeline_overview: + authenticated: select; + pipeline_monitor: select; + pipeline_service: select; + service_role: select.
-- Locks: AccessShareLock on public.creator_pipeline_overview.
-- Keeps: every row.
\echo 'grants on public.creator_pipeline_overview: + authenticated: select; + pipeline_monitor: select; + pipeline_service: select; + service_role: select (keeps every row)'
BEGIN;
GRANT SELECT ON TABLE "public"."creator_pipeline_overview" TO "authenticated";
GRANT SELECT ON TABLE "public"."creator_pipeline_overview" TO "pipeline_monitor";
GRANT SELECT ON TABLE "public"."creator_pipeline_overview" TO "pipeline_service";
GRANT SELECT ON TABLE "public"."creator_pipeline_overview" TO "service_role";
COMMIT;

-- grants on public.get_creator_pipeline_status(uuid): + authenticated: execute; + pipeline_service: execute; + service_role: execute.
-- Locks: catalog rows only.
-- Keeps: every row.
\echo 'grants on public.get_creator_pipeline_status(uuid): + authenticated: execute; + pipeline_service: execute; + service_role: execute (keeps every row)'
BEGIN;
GRANT EXECUTE ON FUNCTION "public"."get_creator_pipeline_status"(uuid) TO "authenticated";
GRANT EXECUTE ON FUNCTION "public"."get_creator_pipeline_status"(uuid) TO "pipeline_service";
GRANT EXECUTE ON FUNCTION "public"."get_creator_pipeline_status"(uuid) TO "service_role";
COMMIT;

-- grants on pipeline_private.feature_flags: + authenticated: select (name, enabled, requires, cohort_only, obeys_latch); + pipeline_monitor: select; + pipeline_service: select (name, enabled, requires, cohort_only, obeys_latch); + service_role: select (name, enabled, requires, cohort_only, obeys_latch).
-- Locks: AccessShareLock on pipeline_private.feature_flags.
-- Keeps: every row.
\echo 'grants on pipeline_private.feature_flags: + authenticated: select (name, enabled, requires, cohort_only, obeys_latch); + pipeline_monitor: select; + pipeline_service: select (name, enabled, requires, cohort_only, obeys_latch); + service_role: select (name, enabled, requires, cohort_only, obeys_latch) (keeps every row)'
BEGIN;
GRANT SELECT ("name", "enabled", "requires", "cohort_only", "obeys_latch") ON TABLE "pipeline_private"."feature_flags" TO "authenticated";
GRANT SELECT ON TABLE "pipeline_private"."feature_flags" TO "pipeline_monitor";
GRANT SELECT ("name", "enabled", "requires", "cohort_only", "obeys_latch") ON TABLE "pipeline_private"."feature_flags" TO "pipeline_service";
GRANT SELECT ("name", "enabled", "requires", "cohort_only", "obeys_latch") ON TABLE "pipeline_private"."feature_flags" TO "service_role";
COMMIT;

-- grants on pipeline_private.rollout_state: + authenticated: select (phase, audience, latched); + pipeline_monitor: select; + pipeline_service: select (phase, audience, latched); + service_role: select (phase, audience, latched).
-- Locks: AccessShareLock on pipeline_private.rollout_state.
-- Keeps: every row.
\echo 'grants on pipeline_private.rollout_state: + authenticated: select (phase, audience, latched); + pipeline_monitor: select; + pipeline_service: select (phase, audience, latched); + service_role: select (phase, audience, latched) (keeps every row)'
BEGIN;
GRANT SELECT ("phase", "audience", "latched") ON TABLE "pipeline_private"."rollout_state" TO "authenticated";
GRANT SELECT ON TABLE "pipeline_private"."rollout_state" TO "pipeline_monitor";
GRANT SELECT ("phase", "audience", "latched") ON TABLE "pipeline_private"."rollout_state" TO "pipeline_service";
GRANT SELECT ("phase", "audience", "latched") ON TABLE "pipeline_private"."rollout_state" TO "service_role";
COMMIT;

-- grants on pipeline_private.cohort_members: + authenticated: select (user_id, kind); + pipeline_monitor: select; + pipeline_service: select; + service_role: select.
-- Locks: AccessShareLock on pipeline_private.cohort_members.
-- Keeps: every row.
\echo 'grants on pipeline_private.cohort_members: + authenticated: select (user_id, kind); + pipeline_monitor: select; + pipeline_service: select; + service_role: select (keeps every row)'
BEGIN;
GRANT SELECT ("user_id", "kind") ON TABLE "pipeline_private"."cohort_members" TO "authenticated";
GRANT SELECT ON TABLE "pipeline_private"."cohort_members" TO "pipeline_monitor";
GRANT SELECT ON TABLE "pipeline_private"."cohort_members" TO "pipeline_service";
GRANT SELECT ON TABLE "pipeline_private"."cohort_members" TO "service_role";
COMMIT;

-- grants on pipeline_private.metrics_rollup: + pipeline_monitor: select.
-- Locks: AccessShareLock on pipeline_private.metrics_rollup.
-- Keeps: every row.
\echo 'grants on pipeline_private.metrics_rollup: + pipeline_monitor: select (keeps every row)'
BEGIN;
GRANT SELECT ON TABLE "pipeline_private"."metrics_rollup" TO "pipeline_monitor";
COMMIT;

-- grants on pipeline_private.metrics_rollup_stale: + pipeline_monitor: select.
-- Locks: AccessShareLock on pipeline_private.metrics_rollup_stale.
-- Keeps: every row.
\echo 'grants on pipeline_private.metrics_rollup_stale: + pipeline_monitor: select (keeps every row)'
BEGIN;
GRANT SELECT ON TABLE "pipeline_private"."metrics_rollup_stale" TO "pipeline_monitor";
COMMIT;

-- grants on pipeline_private.metrics_rollup_state: + pipeline_monitor: select.
-- Locks: AccessShareLock on pipeline_private.metrics_rollup_state.
-- Keeps: every row.
\echo 'grants on pipeline_private.metrics_rollup_state: + pipeline_monitor: select (keeps every row)'
BEGIN;
GRANT SELECT ON TABLE "pipeline_private"."metrics_rollup_state" TO "pipeline_monitor";
COMMIT;

-- grants on public.feature_enabled(text): + authenticated: execute; + service_role: execute.
-- Locks: catalog rows only.
-- Keeps: every row.
\echo 'grants on public.feature_enabled(text): + authenticated: execute; + service_role: execute (keeps every row)'
BEGIN;
GRANT EXECUTE ON FUNCTION "public"."feature_enabled"(text) TO "authenticated";
GRANT EXECUTE ON FUNCTION "public"."feature_enabled"(text) TO "service_role";
COMMIT;

-- grants on pipeline_private.metrics_between(text[], timestamp with time zone, timestamp with time zone): + pipeline_monitor: execute.
-- Locks: catalog rows only.
-- Keeps: every row.
\echo 'grants on pipeline_private.metrics_between(text[], timestamp with time zone, timestamp with time zone): + pipeline_monitor: execute (keeps every row)'
BEGIN;
GRANT EXECUTE ON FUNCTION "pipeline_private"."metrics_between"(text[], timestamp with time zone, timestamp with time zone) TO "pipeline_monitor";
COMMIT;

-- grants on pipeline_private.quantile_bounds(double precision, bigint[], numeric[], numeric[]): + pipeline_monitor: execute.
-- Locks: catalog rows only.
-- Keeps: every row.
\echo 'grants on pipeline_private.quantile_bounds(double precision, bigint[], numeric[], numeric[]): + pipeline_monitor: execute (keeps every row)'
BEGIN;
GRANT EXECUTE ON FUNCTION "pipeline_private"."quantile_bounds"(double precision, bigint[], numeric[], numeric[]) TO "pipeline_monitor";
COMMIT;

-- grants on pipeline_private.refresh_metrics_rollup(integer): + pipeline_monitor: execute.
-- Locks: catalog rows only.
-- Keeps: every row.
\echo 'grants on pipeline_private.refresh_metrics_rollup(integer): + pipeline_monitor: execute (keeps every row)'
BEGIN;
GRANT EXECUTE ON FUNCTION "pipeline_private"."refresh_metrics_rollup"(integer) TO "pipeline_monitor";
COMMIT;

-- rollout: phase 1, PIPELINE_MONITORING_ENABLED on, PIPELINE_PERFORMANCE_ALERTS on.
-- Locks: RowExclusiveLock on pipeline_private.sign_up_counter, RowExclusiveLock on pipeline_private.rollout_state, RowExclusiveLock on pipeline_private.rollout_ledger, RowExclusiveLock on pipeline_private.feature_flags.
-- Keeps: every row and every object.
SELECT NOT EXISTS (SELECT FROM pipeline_private.rollout_state) AS needed \gset
\if :needed
\echo 'rollout: phase 1, PIPELINE_MONITORING_ENABLED on, PIPELINE_PERFORMANCE_ALERTS on (keeps every row and every object)'
BEGIN;
SELECT pipeline_private.set_rollout('{"phase": 1, "audience": "nobody", "betaCap": 0, "flags": [{"name": "ENABLE_CREATIVE_PIPELINE", "enabled": false, "requires": null, "cohortOnly": false, "obeysLatch": true}, {"name": "CREATIVE_PIPELINE_ASSESSMENT", "enabled": false, "requires": "ENABLE_CREATIVE_PIPELINE", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATOR_AGENT_ECONOMICS", "enabled": false, "requires": "CREATIVE_PIPELINE_ASSESSMENT", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATOR_AGENT_LAUNCH", "enabled": false, "requires": "CREATOR_AGENT_ECONOMICS", "cohortOnly": false, "obeysLatch": true}, {"name": "CREATIVE_PIPELINE_FULL", "enabled": false, "requires": "CREATOR_AGENT_LAUNCH", "cohortOnly": false, "obeysLatch": true}, {"name": "PIPELINE_MONITORING_ENABLED", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": false}, {"name": "PIPELINE_PERFORMANCE_ALERTS", "enabled": true, "requires": null, "cohortOnly": false, "obeysLatch": false}]}'::jsonb, 'phase', :'by', :'commit', :'why', '{}'::jsonb);
COMMIT;
\endif

-- What stands now: every object is looked for once more.
DO $check$
DECLARE
  missing text;
BEGIN
  SELECT string_agg(t.name, ', ') INTO missing
    FROM (VALUES
           ('schema pipeline_private', to_regnamespace('"pipeline_private"') IS NULL),
           ('schema pipeline_archive', to_regnamespace('"pipeline_archive"') IS NULL),
           ('role pipeline_owner', NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pipeline_owner')),
           ('role pipeline_service', NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pipeline_service')),
           ('role pipeline_monitor', NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pipeline_monitor')),
           ('table public.creator_profiles', to_regclass('"public"."creator_profiles"') IS NULL),
           ('table public.assessment_scores', to_regclass('"public"."assessment_scores"') IS NULL),
           ('table public.pipeline_sessions', to_regclass('"public"."pipeline_sessions"') IS NULL),
           ('table public.agent_potential_mappings', to_regclass('"public"."agent_potential_mappings"') IS NULL),
           ('table public.creator_economics', to_regclass('"public"."creator_economics"') IS NULL),
           ('table public.pipeline_metrics', to_regclass('"public"."pipeline_metrics"') IS NULL),
           ('table public.creator_feature_flags', to_regclass('"public"."creator_feature_flags"') IS NULL),
           ('table pipeline_private.feature_flags', to_regclass('"pipeline_private"."feature_flags"') IS NULL),
           ('table pipeline_private.rollout_state', to_regclass('"pipeline_private"."rollout_state"') IS NULL),
           ('table pipeline_private.sign_up_counter', to_regclass('"pipeline_private"."sign_up_counter"') IS NULL),
           ('table pipeline_private.cohort_members', to_regclass('"pipeline_private"."cohort_members"') IS NULL),
           ('table pipeline_private.rollout_ledger', to_regclass('"pipeline_private"."rollout_ledger"') IS NULL),
           ('table pipeline_private.metrics_rollup', to_regclass('"pipeline_private"."metrics_rollup"') IS NULL),
           ('table pipeline_private.metrics_rollup_stale', to_regclass('"pipeline_private"."metrics_rollup_stale"') IS NULL),
           ('table pipeline_private.metrics_rollup_state', to_regclass('"pipeline_private"."metrics_rollup_state"') IS NULL),
           ('view public.creator_pipeline_overview', to_regclass('"public"."creator_pipeline_overview"') IS NULL),
           ('index public.creator_profiles_user_id_key', (to_regclass('"public"."creator_profiles_user_id_key"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_profiles_user_id_key"') AND NOT indisvalid)))),
           ('index public.creator_profiles_onboarding_stage_idx', (to_regclass('"public"."creator_profiles_onboarding_stage_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_profiles_onboarding_stage_idx"') AND NOT indisvalid)))),
           ('index public.creator_profiles_last_activity_at_idx', (to_regclass('"public"."creator_profiles_last_activity_at_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_profiles_last_activity_at_idx"') AND NOT indisvalid)))),
           ('index public.creator_profiles_performance_idx', (to_regclass('"public"."creator_profiles_performance_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_profiles_performance_idx"') AND NOT indisvalid)))),
           ('index public.assessment_scores_creator_profile_id_idx', (to_regclass('"public"."assessment_scores_creator_profile_id_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."assessment_scores_creator_profile_id_idx"') AND NOT indisvalid)))),
           ('index public.assessment_scores_dimension_idx', (to_regclass('"public"."assessment_scores_dimension_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."assessment_scores_dimension_idx"') AND NOT indisvalid)))),
           ('index public.assessment_scores_assessed_at_idx', (to_regclass('"public"."assessment_scores_assessed_at_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."assessment_scores_assessed_at_idx"') AND NOT indisvalid)))),
           ('index public.pipeline_sessions_creator_profile_id_started_at_idx', (to_regclass('"public"."pipeline_sessions_creator_profile_id_started_at_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."pipeline_sessions_creator_profile_id_started_at_idx"') AND NOT indisvalid)))),
           ('index public.pipeline_sessions_stage_idx', (to_regclass('"public"."pipeline_sessions_stage_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."pipeline_sessions_stage_idx"') AND NOT indisvalid)))),
           ('index public.pipeline_sessions_started_at_idx', (to_regclass('"public"."pipeline_sessions_started_at_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."pipeline_sessions_started_at_idx"') AND NOT indisvalid)))),
           ('index public.agent_potential_mappings_creator_profile_id_confidence_idx', (to_regclass('"public"."agent_potential_mappings_creator_profile_id_confidence_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."agent_potential_mappings_creator_profile_id_confidence_idx"') AND NOT indisvalid)))),
           ('index public.agent_potential_mappings_agent_role_idx', (to_regclass('"public"."agent_potential_mappings_agent_role_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."agent_potential_mappings_agent_role_idx"') AND NOT indisvalid)))),
           ('index public.agent_potential_mappings_confidence_idx', (to_regclass('"public"."agent_potential_mappings_confidence_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."agent_potential_mappings_confidence_idx"') AND NOT indisvalid)))),
           ('index public.creator_economics_creator_profile_id_idx', (to_regclass('"public"."creator_economics_creator_profile_id_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_economics_creator_profile_id_idx"') AND NOT indisvalid)))),
           ('index public.creator_economics_revenue_model_idx', (to_regclass('"public"."creator_economics_revenue_model_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_economics_revenue_model_idx"') AND NOT indisvalid)))),
           ('index public.creator_economics_economic_validation_score_idx', (to_regclass('"public"."creator_economics_economic_validation_score_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_economics_economic_validation_score_idx"') AND NOT indisvalid)))),
           ('index public.pipeline_metrics_creator_profile_id_idx', (to_regclass('"public"."pipeline_metrics_creator_profile_id_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."pipeline_metrics_creator_profile_id_idx"') AND NOT indisvalid)))),
           ('index public.pipeline_metrics_metric_type_metric_name_recorded_at_idx', (to_regclass('"public"."pipeline_metrics_metric_type_metric_name_recorded_at_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."pipeline_metrics_metric_type_metric_name_recorded_at_idx"') AND NOT indisvalid)))),
           ('index public.pipeline_metrics_recorded_at_idx', (to_regclass('"public"."pipeline_metrics_recorded_at_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."pipeline_metrics_recorded_at_idx"') AND NOT indisvalid)))),
           ('index public.creator_feature_flags_creator_profile_id_flag_name_idx', (to_regclass('"public"."creator_feature_flags_creator_profile_id_flag_name_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_feature_flags_creator_profile_id_flag_name_idx"') AND NOT indisvalid)))),
           ('index public.creator_feature_flags_flag_name_idx', (to_regclass('"public"."creator_feature_flags_flag_name_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_feature_flags_flag_name_idx"') AND NOT indisvalid)))),
           ('index public.creator_feature_flags_set_by_idx', (to_regclass('"public"."creator_feature_flags_set_by_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"public"."creator_feature_flags_set_by_idx"') AND NOT indisvalid)))),
           ('index pipeline_private.metrics_rollup_hour_idx', (to_regclass('"pipeline_private"."metrics_rollup_hour_idx"') IS NULL OR (EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('"pipeline_private"."metrics_rollup_hour_idx"') AND NOT indisvalid)))),
           ('policy public.creator_profiles.creator_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_profiles"') AND polname = 'creator_select')),
           ('policy public.creator_profiles.creator_insert', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_profiles"') AND polname = 'creator_insert')),
           ('policy public.creator_profiles.creator_update', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_profiles"') AND polname = 'creator_update')),
           ('policy public.creator_profiles.owner_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_profiles"') AND polname = 'owner_all')),
           ('policy public.assessment_scores.creator_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."assessment_scores"') AND polname = 'creator_select')),
           ('policy public.pipeline_sessions.creator_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."pipeline_sessions"') AND polname = 'creator_select')),
           ('policy public.agent_potential_mappings.creator_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."agent_potential_mappings"') AND polname = 'creator_select')),
           ('policy public.creator_economics.creator_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_economics"') AND polname = 'creator_select')),
           ('policy public.pipeline_metrics.creator_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."pipeline_metrics"') AND polname = 'creator_select')),
           ('policy public.creator_feature_flags.creator_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_feature_flags"') AND polname = 'creator_select')),
           ('policy public.creator_profiles.service_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_profiles"') AND polname = 'service_all')),
           ('policy public.creator_profiles.monitor_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_profiles"') AND polname = 'monitor_select')),
           ('policy public.assessment_scores.service_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."assessment_scores"') AND polname = 'service_all')),
           ('policy public.assessment_scores.monitor_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."assessment_scores"') AND polname = 'monitor_select')),
           ('policy public.pipeline_sessions.service_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."pipeline_sessions"') AND polname = 'service_all')),
           ('policy public.pipeline_sessions.monitor_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."pipeline_sessions"') AND polname = 'monitor_select')),
           ('policy public.agent_potential_mappings.service_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."agent_potential_mappings"') AND polname = 'service_all')),
           ('policy public.agent_potential_mappings.monitor_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."agent_potential_mappings"') AND polname = 'monitor_select')),
           ('policy public.creator_economics.service_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_economics"') AND polname = 'service_all')),
           ('policy public.creator_economics.monitor_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_economics"') AND polname = 'monitor_select')),
           ('policy public.pipeline_metrics.service_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."pipeline_metrics"') AND polname = 'service_all')),
           ('policy public.pipeline_metrics.monitor_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."pipeline_metrics"') AND polname = 'monitor_select')),
           ('policy public.creator_feature_flags.service_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."creator_feature_flags"') AND polname = 'service_all')),
           ('policy public.pipeline_metrics.owner_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"public"."pipeline_metrics"') AND polname = 'owner_select')),
           ('policy pipeline_private.feature_flags.owner_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."feature_flags"') AND polname = 'owner_all')),
           ('policy pipeline_private.rollout_state.owner_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."rollout_state"') AND polname = 'owner_all')),
           ('policy pipeline_private.sign_up_counter.owner_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."sign_up_counter"') AND polname = 'owner_all')),
           ('policy pipeline_private.cohort_members.owner_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."cohort_members"') AND polname = 'owner_all')),
           ('policy pipeline_private.rollout_ledger.owner_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."rollout_ledger"') AND polname = 'owner_all')),
           ('policy pipeline_private.metrics_rollup.owner_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."metrics_rollup"') AND polname = 'owner_all')),
           ('policy pipeline_private.metrics_rollup_stale.owner_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."metrics_rollup_stale"') AND polname = 'owner_all')),
           ('policy pipeline_private.metrics_rollup_state.owner_all', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."metrics_rollup_state"') AND polname = 'owner_all')),
           ('policy pipeline_private.feature_flags.readers_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."feature_flags"') AND polname = 'readers_select')),
           ('policy pipeline_private.rollout_state.readers_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."rollout_state"') AND polname = 'readers_select')),
           ('policy pipeline_private.cohort_members.member_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."cohort_members"') AND polname = 'member_select')),
           ('policy pipeline_private.cohort_members.staff_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."cohort_members"') AND polname = 'staff_select')),
           ('policy pipeline_private.rollout_ledger.monitor_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."rollout_ledger"') AND polname = 'monitor_select')),
           ('policy pipeline_private.metrics_rollup.monitor_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."metrics_rollup"') AND polname = 'monitor_select')),
           ('policy pipeline_private.metrics_rollup_stale.monitor_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."metrics_rollup_stale"') AND polname = 'monitor_select')),
           ('policy pipeline_private.metrics_rollup_state.monitor_select', NOT EXISTS (
  SELECT FROM pg_policy
   WHERE polrelid = to_regclass('"pipeline_private"."metrics_rollup_state"') AND polname = 'monitor_select')),
           ('function pipeline_private.touch_updated_at()', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."touch_updated_at"()')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = '05573a3d9d74f370c9c9326b1b61d477343e5b57f399760b6d71e72c71643033')),
           ('function pipeline_private.touch_creator_activity()', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."touch_creator_activity"()')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = '4ef89b5752bbb1b7e95e9dca2a30cdc8a9e497c384ed7bdd2c884400bed710a0')),
           ('function public.get_creator_pipeline_status(uuid)', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"public"."get_creator_pipeline_status"(uuid)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'a994fe15d4672cb9abc64dfed5443f818043e73f567abe30f4875300fa3228e7')),
           ('function pipeline_private.admit_creator()', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."admit_creator"()')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'd7fbd302e7cabce49ee1a16e63b857ba23e4ceb06b4ebba79b33e1038d2394f5')),
           ('function pipeline_private.obey_latch()', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."obey_latch"()')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'efd25d4906e125bcf7577680fc31f8dc2c48202a916072ef9f28f49da58a1fed')),
           ('function pipeline_private.refuse_change()', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."refuse_change"()')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'd856b30405305d49745916984ef339482cfa98030eb62a8168ca93cea317d6f2')),
           ('function pipeline_private.set_rollout(jsonb, text, text, text, text, jsonb)', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."set_rollout"(jsonb, text, text, text, text, jsonb)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'c34ba4f19d7b0b2e9cc7b0e0ca819aee9ec3cafa8ec7f278bbc068303062ec5b')),
           ('function pipeline_private.set_cohort(jsonb, text, text)', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."set_cohort"(jsonb, text, text)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = '98bd0e6803122eb6f14ca9cc1fc13b772029e720b76fbedccd1c3cf58e11cb5b')),
           ('function pipeline_private.kill_switch(text, text)', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."kill_switch"(text, text)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'd5ed89e878a9d8285fdada58084634f665e391d9f0d8a19a19bf8996c2a4ba52')),
           ('function pipeline_private.lift_kill_switch(text, text)', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."lift_kill_switch"(text, text)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = '534cc1fc3b227ca0cbfbd70715f51a2b4e5e54e4b8ebda9a4660fca10e55970e')),
           ('function public.feature_enabled(text)', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"public"."feature_enabled"(text)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'a7424cee52d8ac75d497e061413d5657fa6b32f35f36b3a7ed5c9c40113ad45d')),
           ('function pipeline_private.mark_metrics_hour()', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."mark_metrics_hour"()')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = '7afd8b9a50fc58e2a0c46fb10108e17b3061afcb7f319a7d47ece2cedd3a6137')),
           ('function pipeline_private.mark_metrics_hours(timestamp with time zone, timestamp with time zone)', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."mark_metrics_hours"(timestamptz, timestamptz)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = '120c3563638800182744c1d9bae8c2962420c48d0b44b00d7e7689c9252ed2bb')),
           ('function pipeline_private.metrics_between(text[], timestamp with time zone, timestamp with time zone)', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."metrics_between"(text[], timestamptz, timestamptz)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = '0ab95a94486b0bfa1d8d1c3baf221e4b188fcb0b5cc21f99710d93fbef4269df')),
           ('function pipeline_private.quantile_bounds(double precision, bigint[], numeric[], numeric[])', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."quantile_bounds"(double precision, bigint[], numeric[], numeric[])')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'dc3757fc22a4a9022ab4ea3189fa39c58c56474a722726613a9856725db3b228')),
           ('function pipeline_private.refresh_metrics_rollup(integer)', NOT EXISTS (
  SELECT FROM pg_proc
   WHERE oid = to_regprocedure('"pipeline_private"."refresh_metrics_rollup"(integer)')
     AND pg_get_userbyid(proowner) = 'pipeline_owner'
     AND encode(sha256(convert_to(prosrc, 'UTF8')), 'hex') = 'e362a4e790737afc8d11796a0f3a8fa34993d08b1790aae1031b08ac04a3cec2')),
           ('trigger public.creator_profiles.creator_profiles_touch_updated_at', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."creator_profiles"') AND tgname = 'creator_profiles_touch_updated_at')),
           ('trigger public.pipeline_sessions.pipeline_sessions_touch_updated_at', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."pipeline_sessions"') AND tgname = 'pipeline_sessions_touch_updated_at')),
           ('trigger public.agent_potential_mappings.agent_potential_mappings_touch_updated_at', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."agent_potential_mappings"') AND tgname = 'agent_potential_mappings_touch_updated_at')),
           ('trigger public.creator_economics.creator_economics_touch_updated_at', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."creator_economics"') AND tgname = 'creator_economics_touch_updated_at')),
           ('trigger public.assessment_scores.assessment_scores_touch_creator_activity_inserted', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."assessment_scores"') AND tgname = 'assessment_scores_touch_creator_activity_inserted')),
           ('trigger public.assessment_scores.assessment_scores_touch_creator_activity', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."assessment_scores"') AND tgname = 'assessment_scores_touch_creator_activity')),
           ('trigger public.pipeline_sessions.pipeline_sessions_touch_creator_activity_inserted', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."pipeline_sessions"') AND tgname = 'pipeline_sessions_touch_creator_activity_inserted')),
           ('trigger public.pipeline_sessions.pipeline_sessions_touch_creator_activity', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."pipeline_sessions"') AND tgname = 'pipeline_sessions_touch_creator_activity')),
           ('trigger public.agent_potential_mappings.agent_potential_mappings_touch_creator_activity_inserted', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."agent_potential_mappings"') AND tgname = 'agent_potential_mappings_touch_creator_activity_inserted')),
           ('trigger public.agent_potential_mappings.agent_potential_mappings_touch_creator_activity', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."agent_potential_mappings"') AND tgname = 'agent_potential_mappings_touch_creator_activity')),
           ('trigger public.creator_profiles.creator_profiles_admit_creator', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."creator_profiles"') AND tgname = 'creator_profiles_admit_creator')),
           ('trigger public.creator_profiles.creator_profiles_admit_successor', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."creator_profiles"') AND tgname = 'creator_profiles_admit_successor')),
           ('trigger pipeline_private.feature_flags.feature_flags_obey_latch', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"pipeline_private"."feature_flags"') AND tgname = 'feature_flags_obey_latch')),
           ('trigger pipeline_private.rollout_ledger.rollout_ledger_refuse_change', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"pipeline_private"."rollout_ledger"') AND tgname = 'rollout_ledger_refuse_change')),
           ('trigger public.pipeline_metrics.pipeline_metrics_mark_insert', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."pipeline_metrics"') AND tgname = 'pipeline_metrics_mark_insert')),
           ('trigger public.pipeline_metrics.pipeline_metrics_mark_delete', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."pipeline_metrics"') AND tgname = 'pipeline_metrics_mark_delete')),
           ('trigger public.pipeline_metrics.pipeline_metrics_mark_update', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."pipeline_metrics"') AND tgname = 'pipeline_metrics_mark_update')),
           ('trigger public.pipeline_metrics.pipeline_metrics_mark_truncate', NOT EXISTS (
  SELECT FROM pg_trigger
   WHERE tgrelid = to_regclass('"public"."pipeline_metrics"') AND tgname = 'pipeline_metrics_mark_truncate'))
         ) AS t (name, is_missing)
   WHERE t.is_missing;
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION USING MESSAGE = 'DB008 missing, or not as the definition says: ' || missing,
                          HINT = '`rollout preview` shows what differs, `rollout sql change` prints the SQL that brings it.';
  END IF;
END
$check$;
\echo 'Counted: 2 schemas, 3 roles, 15 tables, 40 policies, 23 indexes, 16 functions, 18 triggers, 1 views.'
\echo 'Done: the database is as the definition says.'
