-- Supabase's grants on the schema public. Whatever is created there is open to the API's roles until somebody closes it:
-- that is how it is there, and a definition that is safe must be safe here.
BEGIN;

GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;

ALTER DEFAULT PRIVILEGES FOR ROLE deployer IN SCHEMA public
    GRANT ALL ON TABLES TO deployer, anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE deployer IN SCHEMA public
    GRANT ALL ON ROUTINES TO deployer, anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE deployer IN SCHEMA public
    GRANT ALL ON SEQUENCES TO deployer, anon, authenticated, service_role;

ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin IN SCHEMA public
    GRANT ALL ON TABLES TO deployer, anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin IN SCHEMA public
    GRANT ALL ON ROUTINES TO deployer, anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin IN SCHEMA public
    GRANT ALL ON SEQUENCES TO deployer, anon, authenticated, service_role;

-- ALTER SYSTEM takes effect with it. Its rights are of this database, not of the cluster.
GRANT EXECUTE ON FUNCTION pg_catalog.pg_reload_conf() TO deployer;

COMMIT;
