-- The roles of the API and of whoever deploys. The superuser supabase_admin is there since initdb.
BEGIN;

CREATE ROLE anon NOLOGIN NOINHERIT;
CREATE ROLE authenticated NOLOGIN NOINHERIT;
CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS;

-- The API logs in as this one and takes one of the three for each request.
CREATE ROLE authenticator LOGIN NOINHERIT PASSWORD :'authenticator_verifier';
GRANT anon, authenticated, service_role TO authenticator;

CREATE ROLE supabase_auth_admin NOLOGIN NOINHERIT CREATEROLE;

-- What the role postgres is on Supabase: it owns the database and makes roles, and is no superuser.
CREATE ROLE deployer LOGIN CREATEROLE CREATEDB BYPASSRLS PASSWORD :'deployer_verifier';
-- Since PostgreSQL 16 CREATEROLE gives no power over roles that others made.
GRANT anon, authenticated, service_role TO deployer WITH ADMIN OPTION;
GRANT pg_monitor, pg_signal_backend TO deployer;

ALTER ROLE anon SET statement_timeout = '3s';
ALTER ROLE authenticated SET statement_timeout = '8s';
ALTER ROLE authenticator SET statement_timeout = '8s';

COMMIT;
