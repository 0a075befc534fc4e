"""The triggers: when a creator was last active, without rewriting the profile for every score; when a row changed."""

from typing import Any, Final

import pytest
from psycopg import sql

from infra.pipeline.names import SERVICE
from tests.behaviour.pipelines import Creator, Pipeline
from tests.behaviour.writes import WRITES, write_of

ACTIVE_TABLES: Final = ("assessment_scores", "pipeline_sessions", "agent_potential_mappings")
#: Where the row stands and who wrote it: both change when PostgreSQL writes another version of it.
VERSION: Final = "SELECT ctid::text, xmin::text, last_activity_at FROM public.creator_profiles WHERE id = %(profile)s"
#: How many versions of profiles this transaction has written.
WRITTEN: Final = "SELECT pg_stat_get_xact_tuples_updated('public.creator_profiles'::regclass)"


def version(pipeline: Pipeline, creator: Creator) -> tuple[Any, ...]:
    with pipeline.admin() as admin:
        row = admin.execute(VERSION, creator.names).fetchone()
    assert row is not None
    return row


def last_active(pipeline: Pipeline, creator: Creator, ago: str | None) -> None:
    with pipeline.admin() as admin:
        admin.execute(
            "UPDATE public.creator_profiles SET last_activity_at = now() - %s::interval WHERE id = %s",
            [ago, creator.profile],
        )


def write(pipeline: Pipeline, creator: Creator, name: str) -> None:
    with pipeline.acting(SERVICE) as session:
        session.execute(write_of(name).text, creator.names)


@pytest.mark.parametrize("name", [item.name for item in WRITES if item.table in ACTIVE_TABLES])
def test_a_profile_that_was_just_touched_is_left_alone(pipeline: Pipeline, creator: Creator, name: str) -> None:
    """Within a minute of the last activity, a score, a session or a mapping does not rewrite the profile's row."""
    write(pipeline, creator, "row 5: a session begins")
    last_active(pipeline, creator, "55 seconds")
    before = version(pipeline, creator)
    write(pipeline, creator, name)
    assert version(pipeline, creator) == before


@pytest.mark.parametrize("ago", ["61 seconds", "3 days", None])
@pytest.mark.parametrize("table", ACTIVE_TABLES)
def test_an_older_activity_is_moved_up_once(pipeline: Pipeline, creator: Creator, table: str, ago: str | None) -> None:
    """After a minute, and where none was recorded, each table's rows count as activity, once."""
    name = next(item.name for item in WRITES if item.table == table)
    last_active(pipeline, creator, ago)
    before = version(pipeline, creator)
    write(pipeline, creator, name)
    after = version(pipeline, creator)
    assert after != before
    assert after[2] is not None
    write(pipeline, creator, name)
    assert version(pipeline, creator) == after


def test_a_batch_moves_each_creator_up_once(pipeline: Pipeline, creator: Creator) -> None:
    """One statement with many rows of two creators: who was active long ago is moved up, whoever just was is not."""
    busy = pipeline.sign_up()
    last_active(pipeline, creator, "1 hour")
    last_active(pipeline, busy, "5 seconds")
    before, left = version(pipeline, creator), version(pipeline, busy)
    with pipeline.acting(SERVICE) as session:
        session.execute(
            "INSERT INTO public.assessment_scores (creator_profile_id, dimension, score)"
            " SELECT p, 'craft', n FROM unnest(%s::uuid[]) AS p, generate_series(1, 20) AS n",
            [[creator.profile, busy.profile]],
        )
        assert session.execute(WRITTEN).fetchone() == (1,)
    assert version(pipeline, creator)[2] > before[2]
    assert version(pipeline, busy) == left


def test_updates_and_deletes_count_as_activity(pipeline: Pipeline, creator: Creator) -> None:
    """So it is today: any change of a score is one, who or whatever makes it."""
    write(pipeline, creator, "row 6: a score")
    for statement in (
        "UPDATE public.assessment_scores SET score = 1 WHERE creator_profile_id = %(profile)s",
        "DELETE FROM public.assessment_scores WHERE creator_profile_id = %(profile)s",
    ):
        last_active(pipeline, creator, "1 hour")
        before = version(pipeline, creator)
        with pipeline.admin() as admin:
            admin.execute(statement, creator.names)
        assert version(pipeline, creator)[2] > before[2]


@pytest.mark.parametrize(
    "table", ["creator_profiles", "pipeline_sessions", "agent_potential_mappings", "creator_economics"]
)
def test_a_changed_row_says_when(pipeline: Pipeline, creator: Creator, table: str) -> None:
    """`updated_at` is the time of the change, whatever is sent for it."""
    for item in WRITES:
        if item.table == table and item.text.lstrip().startswith("INSERT"):
            write(pipeline, creator, item.name)
    key = "id" if table == "creator_profiles" else "creator_profile_id"
    statement = sql.SQL("UPDATE {} SET updated_at = '2001-01-01' WHERE {} = %(profile)s RETURNING updated_at = now()")
    text = statement.format(sql.Identifier("public", table), sql.Identifier(key))
    with pipeline.acting(SERVICE) as session:
        assert session.execute(text, creator.names).fetchall() == [(True,)]
