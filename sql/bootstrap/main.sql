-- Makes a new cluster look as a Supabase project does to those who deploy to it and use it.
-- Run once by psql as the superuser supabase_admin, on PostgreSQL 15 or later, with ON_ERROR_STOP on.
-- The environment gives the database's name and the SCRAM verifiers of the two logins.
\getenv database ROLLOUT_DATABASE
\getenv deployer_verifier ROLLOUT_DEPLOYER_VERIFIER
\getenv authenticator_verifier ROLLOUT_AUTHENTICATOR_VERIFIER

\ir roles.sql
\ir parameters.sql

CREATE DATABASE :"database" OWNER deployer;
\connect :"database"

\ir extensions.sql
\ir auth.sql
\ir privileges.sql
