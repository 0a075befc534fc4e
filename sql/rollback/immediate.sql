-- Sets the kill switch: every flag of the pipeline is off from this statement on, and stays off.
--
-- No `up`, no script and no write by hand turns one of them on while it is set. The two flags of monitoring stay.
-- Nothing is dropped and every row stays. It waits for no deploy. Set already, it changes nothing.
-- Afterwards: sql/rollback/phase-N-to-1.sql, or `phase: 1` in the stack file; then, when all is well, clear.sql.
--
-- Generated from the definition by `python -m infra.ddl.rollback`: change that, not this file.
-- Run it with psql as the deployer: psql -X -v by=<who> -v why=<why> -f immediate.sql
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
SELECT pipeline_private.kill_switch(:'by', :'why') AS done \gset
\if :done
\echo 'The kill switch is set: every flag of the pipeline is off.'
\else
\echo 'The kill switch was set already: every flag of the pipeline is off.'
\endif
