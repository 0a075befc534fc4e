"""The functions and triggers of the rollout: what decides on flags and sign-ups, and what changes the phase."""

from typing import Final

from infra.models.function import Argument, Function, Security, Volatility
from infra.models.trigger import Event, Trigger
from infra.pipeline.names import OWNER, PRIVATE, PUBLIC

#: Runs with the caller's rights: it reads the caller's own rows, and nobody else's.
#: A creator's own row can close a flag, or let this creator in where it is open to the cohort alone; it never opens
#: what the phase has closed, so that going down is a way back for everybody.
FEATURE_ENABLED: Final = Function(
    schema_name=PUBLIC,
    name="feature_enabled",
    owner=OWNER,
    arguments=(Argument(name="flag", type="text"),),
    returns="boolean",
    volatility=Volatility.STABLE,
    body="""
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
""",
)

#: Runs as the owner, for whoever inserts a profile or hands one to another user: no role is exempt. The update of the
#: counter makes the sign-ups of beta creators follow each other, so that the count that comes after it sees all that
#: went before. A profile that is there already is locked: one that was deleted since the snapshot is none.
ADMIT_CREATOR: Final = Function(
    schema_name=PRIVATE,
    name="admit_creator",
    owner=OWNER,
    returns="trigger",
    language="plpgsql",
    security=Security.DEFINER,
    body="""
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
""",
)

#: Reading the state under a lock waits for a kill switch that is being set; it then sees it.
OBEY_LATCH: Final = Function(
    schema_name=PRIVATE,
    name="obey_latch",
    owner=OWNER,
    returns="trigger",
    language="plpgsql",
    security=Security.DEFINER,
    body="""
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
""",
)

REFUSE_CHANGE: Final = Function(
    schema_name=PRIVATE,
    name="refuse_change",
    owner=OWNER,
    returns="trigger",
    language="plpgsql",
    body="""
BEGIN
  RAISE EXCEPTION '% on % is refused: it is only ever added to', TG_OP, TG_TABLE_NAME USING
    ERRCODE = 'insufficient_privilege';
END
""",
)

TRIGGERS: Final = (
    Trigger(
        schema_name=PUBLIC,
        table="creator_profiles",
        name="creator_profiles_admit_creator",
        timing="before",
        events=(Event.INSERT,),
        function=ADMIT_CREATOR.qualified,
    ),
    Trigger(
        schema_name=PUBLIC,
        table="creator_profiles",
        name="creator_profiles_admit_successor",
        timing="before",
        events=(Event.UPDATE,),
        when="old.user_id IS DISTINCT FROM new.user_id",
        function=ADMIT_CREATOR.qualified,
    ),
    Trigger(
        schema_name=PRIVATE,
        table="feature_flags",
        name="feature_flags_obey_latch",
        timing="before",
        events=(Event.INSERT, Event.UPDATE),
        function=OBEY_LATCH.qualified,
    ),
    Trigger(
        schema_name=PRIVATE,
        table="rollout_ledger",
        name="rollout_ledger_refuse_change",
        timing="before",
        events=(Event.DELETE, Event.UPDATE, Event.TRUNCATE),
        for_each="statement",
        function=REFUSE_CHANGE.qualified,
    ),
)
