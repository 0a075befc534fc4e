"""The functions and triggers: the creator's status, and two trigger functions under names of our own."""

from typing import Final

from infra.models.function import Argument, Function, Security, Volatility
from infra.models.trigger import Event, Trigger
from infra.pipeline.names import OWNER, PRIVATE, PUBLIC

TOUCH_UPDATED_AT: Final = Function(
    schema_name=PRIVATE,
    name="touch_updated_at",
    owner=OWNER,
    returns="trigger",
    language="plpgsql",
    body="""
BEGIN
  NEW.updated_at := pg_catalog.now();
  RETURN NEW;
END
""",
)

#: Runs as the owner, so that nobody needs the right to write `last_activity_at`. A profile touched within the last
#: minute is left alone: a burst of scores costs one rewrite of it, not one each. Of the rows that a statement inserts
#: it hears at once, however many, and looks first whether anybody is due: an UPDATE costs more before it finds no row.
#: It locks profiles in the order of their ids, so that two batches do not deadlock. Ids are compared as an array and
#: the time through COALESCE, so that profiles are looked up by their key, whatever the tables' statistics say: joined
#: with the inserted rows, every profile was read for each batch. Whoever is due is written by one UPDATE, since each
#: reads the table's checks anew.
TOUCH_CREATOR_ACTIVITY: Final = Function(
    schema_name=PRIVATE,
    name="touch_creator_activity",
    owner=OWNER,
    returns="trigger",
    language="plpgsql",
    security=Security.DEFINER,
    body="""
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
""",
)

#: Runs with the caller's rights: for a profile that the caller may not see it returns null.
CREATOR_PIPELINE_STATUS: Final = Function(
    schema_name=PUBLIC,
    name="get_creator_pipeline_status",
    owner=OWNER,
    arguments=(Argument(name="creator_id", type="uuid"),),
    returns="json",
    volatility=Volatility.STABLE,
    body="""
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
""",
)

FUNCTIONS: Final = (TOUCH_UPDATED_AT, TOUCH_CREATOR_ACTIVITY, CREATOR_PIPELINE_STATUS)

#: Other parts of the application's database may use these: their triggers on our tables go, the functions stay.
_OLD_UPDATED_AT: Final = "public.update_updated_at_column"
_OLD_ACTIVITY: Final = "public.update_creator_activity"


def _touches_updated_at(table: str) -> Trigger:
    return Trigger(
        schema_name=PUBLIC,
        table=table,
        name=f"{table}_touch_updated_at",
        timing="before",
        events=(Event.UPDATE,),
        function=TOUCH_UPDATED_AT.qualified,
        retires=(_OLD_UPDATED_AT,),
    )


def _touches_activity(table: str) -> tuple[Trigger, Trigger]:
    """Return the trigger of inserted rows, which come in batches, and that of rows changed or deleted, which do not."""
    inserted = Trigger(
        schema_name=PUBLIC,
        table=table,
        name=f"{table}_touch_creator_activity_inserted",
        timing="after",
        events=(Event.INSERT,),
        for_each="statement",
        new_table="inserted",
        function=TOUCH_CREATOR_ACTIVITY.qualified,
    )
    changed = Trigger(
        schema_name=PUBLIC,
        table=table,
        name=f"{table}_touch_creator_activity",
        timing="after",
        events=(Event.DELETE, Event.UPDATE),
        function=TOUCH_CREATOR_ACTIVITY.qualified,
        retires=(_OLD_ACTIVITY,),
    )
    return inserted, changed


TRIGGERS: Final = (
    *map(
        _touches_updated_at, ("creator_profiles", "pipeline_sessions", "agent_potential_mappings", "creator_economics")
    ),
    *(
        trigger
        for table in ("assessment_scores", "pipeline_sessions", "agent_potential_mappings")
        for trigger in _touches_activity(table)
    ),
)
