-- Extensions that the platform owns, in a schema of their own.
BEGIN;

CREATE SCHEMA extensions AUTHORIZATION supabase_admin;
CREATE EXTENSION pg_stat_statements SCHEMA extensions;

GRANT USAGE ON SCHEMA extensions TO anon, authenticated, service_role;
GRANT USAGE, CREATE ON SCHEMA extensions TO deployer;

COMMIT;
