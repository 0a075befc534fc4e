"""The functions that change the rollout: the same for the provider, the command and a person with psql.

They run with the rights of whoever calls them, the deployer; nobody else may. Each takes the state's row first, so that
two never wait for each other in a circle, and each writes what it did into the ledger.
"""

from typing import Final

from infra.models.function import Argument, Function
from infra.pipeline.names import OWNER, PRIVATE

_ACTOR: Final = Argument(name="actor", type="text")
_COMMIT: Final = Argument(name="commit_id", type="text")
_REASON: Final = Argument(name="reason", type="text")

#: `wanted` is {phase, audience, betaCap, flags: [{name, enabled, requires, cohortOnly, obeysLatch}]}.
SET_ROLLOUT: Final = Function(
    schema_name=PRIVATE,
    name="set_rollout",
    owner=OWNER,
    arguments=(
        Argument(name="wanted", type="jsonb"),
        Argument(name="event", type="text"),
        _ACTOR,
        _COMMIT,
        _REASON,
        Argument(name="details", type="jsonb"),
    ),
    returns="void",
    language="plpgsql",
    body="""
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
""",
)

#: `members` is [{user, kind, addedBy}]: those of the stack file, all of them. Members added by command stay.
SET_COHORT: Final = Function(
    schema_name=PRIVATE,
    name="set_cohort",
    owner=OWNER,
    arguments=(Argument(name="members", type="jsonb"), _ACTOR, _COMMIT),
    returns="void",
    language="plpgsql",
    body="""
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
""",
)

KILL_SWITCH: Final = Function(
    schema_name=PRIVATE,
    name="kill_switch",
    owner=OWNER,
    arguments=(_ACTOR, _REASON),
    returns="boolean",
    language="plpgsql",
    body="""
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
""",
)

LIFT_KILL_SWITCH: Final = Function(
    schema_name=PRIVATE,
    name="lift_kill_switch",
    owner=OWNER,
    arguments=(_ACTOR, _REASON),
    returns="boolean",
    language="plpgsql",
    body="""
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
""",
)

CHANGES: Final = (SET_ROLLOUT, SET_COHORT, KILL_SWITCH, LIFT_KILL_SWITCH)
