-- Lets PgBouncer look a login up without being a superuser. Run by psql as a superuser in each database that it serves:
--   ROLLOUT_POOLER_ROLE=pooler_lookup ROLLOUT_POOLER_VERIFIER='SCRAM-SHA-256$…' psql -v ON_ERROR_STOP=1 -f pooler.sql …
-- It can be run again; a verifier that is given then is the role's new one. PostgreSQL 15 or later.
-- The schema is the superuser's own: whoever owned it could put another function in this one's place.
\getenv role ROLLOUT_POOLER_ROLE
\getenv verifier ROLLOUT_POOLER_VERIFIER
BEGIN;

SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = :'role') AS missing \gset
\if :missing
CREATE ROLE :"role" NOINHERIT;
\endif
ALTER ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'verifier';
ALTER ROLE :"role" SET statement_timeout = '5s';

CREATE SCHEMA IF NOT EXISTS pooler;
REVOKE ALL ON SCHEMA pooler FROM PUBLIC;
GRANT USAGE ON SCHEMA pooler TO :"role";

-- No row for superusers, for those who replicate or may not log in, for expired passwords (PgBouncer knows no VALID UNTIL:
-- CVE-2025-2291), and for what is no SCRAM verifier.
CREATE OR REPLACE FUNCTION pooler.login_of(asked text, OUT name text, OUT verifier text) RETURNS SETOF record
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
    SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT a.rolname::text, a.rolpassword
          FROM pg_catalog.pg_authid AS a
         WHERE a.rolname::text = asked
           AND a.rolcanlogin AND NOT a.rolsuper AND NOT a.rolreplication
           AND (a.rolvaliduntil IS NULL OR a.rolvaliduntil > now())
           AND a.rolpassword LIKE 'SCRAM-SHA-256$%'
    $$;
REVOKE ALL ON FUNCTION pooler.login_of(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pooler.login_of(text) TO :"role";

COMMIT;
