"""Batches of inserted rows: which profiles they read, the order in which they lock them, and the former trigger."""

import threading
from typing import Final, LiteralString

from infra.models.function import Function
from infra.pipeline.functions import TOUCH_CREATOR_ACTIVITY
from infra.pipeline.names import SERVICE
from tests.behaviour.deployed.test_activity import last_active, version, write
from tests.behaviour.pipelines import Creator, Pipeline
from tests.cluster_state import Connection
from tests.deploying import Deployer

BATCH: Final[LiteralString] = (
    "INSERT INTO public.assessment_scores (creator_profile_id, dimension, score)"
    " SELECT p, 'craft', n FROM unnest(%s::uuid[]) AS p, generate_series(1, 20) AS n"
)
#: More profiles than a join would look up by their key, and statistics that say so.
MANY: Final[tuple[LiteralString, ...]] = (
    "SET LOCAL session_replication_role = replica",
    """WITH people AS (
         INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, 5000) RETURNING id)
       INSERT INTO public.creator_profiles (user_id, last_activity_at)
       SELECT id, now() - interval '1 hour' FROM people""",
    "SET LOCAL session_replication_role = origin",
    "ANALYZE public.creator_profiles",
)
SOME: Final[LiteralString] = (
    "SELECT array_agg(id) FROM (SELECT id FROM public.creator_profiles ORDER BY last_activity_at, id LIMIT 10) AS p"
)
#: How many profiles this transaction has read without an index.
SCANNED: Final[LiteralString] = "SELECT pg_stat_get_xact_tuples_returned('public.creator_profiles'::regclass)"
WAITS: Final[LiteralString] = "SELECT FROM pg_locks WHERE pid = %s AND NOT granted"
#: As it was deployed before it looked profiles up by their key.
FORMER: Final[Function] = TOUCH_CREATOR_ACTIVITY.model_copy(
    update={
        "body": """
BEGIN
  IF TG_LEVEL = 'STATEMENT' THEN
    UPDATE public.creator_profiles AS p
       SET last_activity_at = pg_catalog.now()
      FROM (SELECT q.id
              FROM public.creator_profiles AS q
             WHERE q.id IN (SELECT i.creator_profile_id FROM inserted AS i)
               AND (q.last_activity_at IS NULL OR q.last_activity_at < pg_catalog.now() - INTERVAL '1 minute')
             ORDER BY q.id
               FOR NO KEY UPDATE OF q) AS due
     WHERE p.id = due.id;
  ELSE
    UPDATE public.creator_profiles AS p
       SET last_activity_at = pg_catalog.now()
     WHERE p.id = COALESCE(NEW.creator_profile_id, OLD.creator_profile_id)
       AND (p.last_activity_at IS NULL OR p.last_activity_at < pg_catalog.now() - INTERVAL '1 minute');
  END IF;
  RETURN NULL;
END
"""
    }
)


def returned(admin: Connection) -> int:
    row = admin.execute(SCANNED).fetchone()
    assert row is not None
    return int(row[0])


def test_a_batch_reads_the_profiles_of_its_creators_alone(pipeline: Pipeline) -> None:
    """However many profiles there are, those of a batch are looked up by their key: due or not, none is scanned."""
    with pipeline.admin() as admin, admin.transaction(force_rollback=True):
        for statement in MANY:
            admin.execute(statement)
        row = admin.execute(SOME).fetchone()
        assert row is not None
        before = returned(admin)
        for _ in range(2):
            admin.execute(BATCH, [row[0]])
        assert returned(admin) == before


def test_a_batch_waits_for_a_profile_with_none_above_it_locked(pipeline: Pipeline) -> None:
    """Profiles are locked from the lowest id up, whatever the order of the rows; who was touched meanwhile is left."""
    low, high = sorted((pipeline.sign_up(), pipeline.sign_up()), key=lambda one: one.profile)
    for creator in (low, high):
        last_active(pipeline, creator, "1 hour")
    before = version(pipeline, high)
    touch = "UPDATE public.creator_profiles SET last_activity_at = now() WHERE id = %s RETURNING last_activity_at"
    free = "SELECT FROM public.creator_profiles WHERE id = %s FOR NO KEY UPDATE NOWAIT"
    with pipeline.admin() as holder, pipeline.acting(SERVICE) as batch:
        insert = threading.Thread(target=batch.execute, args=(BATCH, [[high.profile, low.profile]]))
        with holder.transaction():
            touched = holder.execute(touch, [low.profile]).fetchone()
            insert.start()
            with pipeline.admin() as looker:
                while not looker.execute(WAITS, [batch.info.backend_pid]).rowcount:
                    assert insert.is_alive()
                assert looker.execute(free, [high.profile]).rowcount == 1
        insert.join(30)
        assert not insert.is_alive()
    assert touched is not None
    assert version(pipeline, low)[2] == touched[0]
    assert version(pipeline, high)[2] > before[2]


def test_the_former_function_gives_way_and_comes_back(pipeline: Pipeline, creator: Creator) -> None:
    """A database as it was deployed before is brought up to date and back, and marks activity at every step."""
    deployer = Deployer(pipeline.database.deployer)
    try:
        for function in (FORMER, TOUCH_CREATOR_ACTIVITY, FORMER, TOUCH_CREATOR_ACTIVITY):
            deployer.create(function)
            last_active(pipeline, creator, "1 hour")
            before = version(pipeline, creator)
            write(pipeline, creator, "row 6: a score")
            assert version(pipeline, creator)[2] > before[2]
            is_former = function is FORMER
            assert any(TOUCH_CREATOR_ACTIVITY.name in name for name in deployer.drift()) == is_former
    finally:
        deployer.create(TOUCH_CREATOR_ACTIVITY)
        deployer.close()
