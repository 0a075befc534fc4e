-- Lifts the kill switch. The flags stay off until the next `up`, or the next sql/deploy/phase-N.sql.
--
-- Every row stays. Not set, it changes nothing. It waits for no deploy.
--
-- Generated from the definition by `python -m infra.ddl.rollback`: change that, not this file.
-- Run it with psql as the deployer: psql -X -v by=<who> -v why=<why> -f clear.sql
-- It can be run again at any time.

\set ON_ERROR_STOP on
\set AUTOCOMMIT on
\set QUIET on
\set SHOW_CONTEXT never

SET search_path = pg_catalog, pg_temp;
SET standard_conforming_strings = on;
SET client_min_messages = warning;
-- Whoever writes a flag at this moment is done in an instant.
SET lock_timeout = '10s';
SET statement_timeout = '15s';

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

-- Locks: RowExclusiveLock on the state and the flags, two short rows each.
-- Keeps: every row and every object.
SELECT pipeline_private.lift_kill_switch(:'by', :'why') AS done \gset
\if :done
\echo 'The kill switch is lifted. The flags are off until they are turned on again.'
\else
\echo 'The kill switch was not set.'
\endif
